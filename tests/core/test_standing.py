"""Where a dialect stands: what runs keep, break, show no more, or show nothing of, each counted apart."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.core.dialect import Deviation, Dialect, Expectation, Promise
from conformance.core.finding import Outcome, Run, Verdict
from conformance.core.standing import Standing, State, standings

SEE = "https://example.com"


def run(verdicts: Mapping[str, Verdict] | None = None, traits: Mapping[str, object] | None = None) -> Run:
    outcomes = tuple(Outcome(rule, verdict) for rule, verdict in (verdicts or {}).items())
    return Run("a.yaml", 0, "openai-chat", "example", None, Verdict.PASS, outcomes, traits or {}, events=3)


def standing(dialect: Dialect, *runs: Run, least: int = 3) -> Standing:
    (found,) = standings(dialect, runs, least)
    return found


PROMISING = Dialect("example", promises=(Promise("a/b", "it says so", SEE, ("A01",)),))
WAIVING = Dialect("example", deviations=(Deviation("a/b", "it does so", SEE),))


@pytest.mark.parametrize(
    ("verdicts", "state", "kept", "broken"),
    [
        ([Verdict.PASS, Verdict.PASS], State.KEPT, 2, 0),
        ([Verdict.PASS, Verdict.FAIL], State.BROKEN, 1, 1),
        ([Verdict.NOT_APPLICABLE, Verdict.NOT_RECORDED], State.SILENT, 0, 0),
        ([], State.SILENT, 0, 0),
    ],
)
def test_a_promise_is_kept_broken_or_not_shown(verdicts: list[Verdict], state: State, kept: int, broken: int) -> None:
    found = standing(PROMISING, *[run({"a/b": verdict}) for verdict in verdicts])
    assert (found.kind, found.state, found.kept, found.broken, found.statements) == (
        "promise",
        state,
        kept,
        broken,
        ("A01",),
    )


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([Verdict.WAIVED, *[Verdict.PASS] * 20], State.OCCURS),
        ([Verdict.PASS] * 3, State.STALE),
        ([Verdict.PASS] * 2, State.RARE),
        ([Verdict.NOT_APPLICABLE] * 9, State.SILENT),
    ],
)
def test_a_deviation_is_stale_where_enough_streams_keep_the_rule(verdicts: list[Verdict], state: State) -> None:
    assert standing(WAIVING, *[run({"a/b": verdict}) for verdict in verdicts]).state is state


def test_a_deviation_that_few_streams_show_is_never_stale() -> None:
    rare = Dialect("example", deviations=(Deviation("a/b", "it may do so", SEE, rare=True),))
    assert standing(rare, *[run({"a/b": Verdict.PASS})] * 20).state is State.RARE
    assert standing(rare, run({"a/b": Verdict.WAIVED})).state is State.OCCURS


def expecting(**fields: object) -> Dialect:
    return Dialect("example", expectations=(Expectation("x", ("a",), "it says so", SEE, **fields),))  # type: ignore[arg-type]


def test_an_expectation_counts_the_streams_that_show_the_trait() -> None:
    found = standing(
        expecting(), run(None, {"x": "a"}), run(None, {"x": "b"}), run(None, {"x": "b"}), run(None, {"y": "b"})
    )
    assert (found.kind, found.state, found.kept, found.broken, found.seen) == (
        "expects",
        State.BROKEN,
        1,
        2,
        "b in 2",
    )


@pytest.mark.parametrize(
    ("dialect", "traits", "state"),
    [
        (expecting(observed=True), {"x": "a"}, State.KEPT),
        (expecting(protocols=("gemini-generate",)), {"x": "b"}, State.SILENT),
        (expecting(given={"y": True}), {"x": "b"}, State.SILENT),
        (expecting(given={"y": True}), {"x": "b", "y": False}, State.SILENT),
        (expecting(given={"y": True}), {"x": "b", "y": True}, State.BROKEN),
        (expecting(given={"y": True}), {"x": "a", "y": True}, State.KEPT),
        (expecting(since="2025-12"), {"x": "b"}, State.SILENT),
        (expecting(since="2025-12"), {"x": "b", "http.month": "2025-11"}, State.SILENT),
        (expecting(since="2025-12"), {"x": "b", "http.month": "2025-12"}, State.BROKEN),
    ],
)
def test_an_expectation_is_judged_where_it_applies(dialect: Dialect, traits: dict[str, object], state: State) -> None:
    assert standing(dialect, run(None, traits)).state is state


def test_a_stream_of_which_the_rule_made_nothing_breaks_no_expectation() -> None:
    cut = run({"dialect/promise-broken": Verdict.NOT_APPLICABLE}, {"x": "b"})
    assert standing(expecting(), cut).state is State.SILENT


@pytest.mark.parametrize(
    ("value", "kept"), [(["c"], True), (["b", "c", "d"], True), (["b"], False), ([], False), ("c", False)]
)
def test_a_list_must_hold_what_is_said_to_be_in_it(value: object, kept: bool) -> None:
    item = Expectation("x", (), "it says so", SEE, holds=("c",))
    assert item.kept_by({"x": value}) is kept
    assert item.wanted == "a list with 'c'"
