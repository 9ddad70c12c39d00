"""What a gateway promises passes its dialect; a stream that breaks a claim is named by that claim."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from conformance import catalogue, library
from conformance.core.finding import Finding, Level, Run, Verdict
from conformance.core.recording import Recording
from conformance.core.standing import State, standings
from tests.dialects.breakers import BREAKERS, Breaker

CASSETTES = Path(__file__).parents[2] / "cassettes"
GATEWAYS = {"anyrouter": "A", "openrouter": "B", "arouter": "D", "infron": "E", "yuhuan": "F"}
"""Gateway -> the letter of the claims that its page makes."""
FILES = sorted(path for name in GATEWAYS for path in CASSETTES.glob(f"*/{name}/*.yaml"))
TRACE = catalogue.trace()


def recording(name: str) -> Recording:
    """The recording at `PROTOCOL/GATEWAY/SCENARIO`."""
    return library.load(CASSETTES / f"{name}.yaml")[0]


def named(run: Run, judge: str) -> list[Finding]:
    """The findings of a rule, or of an expectation of a trait."""
    if "/" in judge:
        return [finding for finding in run.findings if finding.rule == judge]
    about = ("dialect/promise-broken", "dialect/habit-changed")
    return [f for f in run.findings if f.rule in about and f.message.startswith(f"{judge} is ")]


def declared(gateway: str, judge: str) -> set[str]:
    """The claims for which the dialect names this rule or trait."""
    dialect = catalogue.dialect(gateway)
    promises = [item for item in dialect.promises if item.rule == judge]
    expectations = [item for item in dialect.expectations if item.trait == judge]
    return {claim for item in (*promises, *expectations) for claim in item.statements}


def test_the_generator_makes_what_is_committed(tmp_path: Path) -> None:
    runpy.run_path(str(CASSETTES / "make_gateways" / "__main__.py"))["main"](tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    assert made == {path.relative_to(CASSETTES): path.read_bytes() for path in FILES}, "run cassettes/make_gateways"


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_what_is_promised_passes_and_says_that_it_is_synthetic(path: Path) -> None:
    one = library.load(path)[0]
    run = library.check(one)
    assert one.metadata["synthetic"] is True
    assert run.dialect == path.parent.name == one.metadata["dialect"]
    assert run.verdict in (Verdict.PASS, Verdict.WAIVED)
    assert [f for f in run.findings if f.waived is None and f.level is Level.ERROR] == []
    assert not [f for f in run.findings if f.rule.startswith("dialect/")]


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_every_promise_and_expectation_is_seen_kept(gateway: str) -> None:
    dialect = catalogue.dialect(gateway)
    runs = [library.check(library.load(path)[0]) for path in FILES if path.parent.name == gateway]
    found = standings(dialect, runs, least=10)
    assert [item.name for item in found if item.kind != "waives" and item.state is not State.KEPT] == []


@pytest.mark.parametrize("breaker", BREAKERS, ids=lambda one: f"{one.claim}-{one.judge}")
def test_a_stream_that_breaks_a_claim_is_named_by_it(breaker: Breaker) -> None:
    good = recording(breaker.recording)
    gateway = str(good.metadata["dialect"])
    assert GATEWAYS[gateway] == breaker.claim[0]
    assert breaker.claim in declared(gateway, breaker.judge)
    run = library.check(breaker.edit(good))
    found = named(run, breaker.judge)
    assert found and all(finding.waived is None for finding in found)
    assert named(library.check(good), breaker.judge) == []
    if breaker.claim != "B17":  # what recordings show, and no page promises, is a note
        assert run.verdict is Verdict.FAIL
        assert {finding.level for finding in found} == {Level.ERROR}


def test_every_claim_that_a_dialect_decides_has_a_stream_that_breaks_it() -> None:
    decided = {
        claim
        for claim, labels in TRACE.items()
        if re.match("[ABDEF]", claim) and any(": promises " in label or ": expects " in label for label in labels)
    }
    assert decided == {breaker.claim for breaker in BREAKERS}


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_every_declaration_has_a_stream_that_breaks_it(gateway: str) -> None:
    dialect = catalogue.dialect(gateway)
    names = {item.rule for item in dialect.promises} | {item.trait for item in dialect.expectations}
    assert names == {breaker.judge for breaker in BREAKERS if f"/{gateway}/" in breaker.recording}


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_is_a_ready_target(gateway: str) -> None:
    dialect = catalogue.dialect(gateway)
    assert dialect.key_env and dialect.docs and dialect.hosts
    assert list(dialect.endpoints) == list(dialect.protocols)
    assert all(url.startswith("https://") for url in dialect.endpoints.values())
    assert set(dialect.models) == set(dialect.protocols) or gateway in ("anyrouter", "yuhuan")
