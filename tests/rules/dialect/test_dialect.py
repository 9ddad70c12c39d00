"""What a dialect promises, or is known to do, is compared with what the stream shows, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core.dialect import STRICT, Dialect, Expectation
from conformance.core.recording import End, EndKind, Evidence
from conformance.rules.dialect.samples import PLAIN
from tests.rules.outcome import FAIL, NOT_APPLICABLE, PASS, message, outcome, verdict

PROMISE, HABIT = "dialect/promise-broken", "dialect/habit-changed"


def speaking(trait: str, *values: object, **fields: Any) -> Dialect:
    """A dialect with one expectation."""
    return Dialect("example", expectations=(Expectation(trait, values, "it says so", "https://example.com", **fields),))


@pytest.mark.parametrize(
    ("value", "values", "same"),
    [
        ("lf", ("lf",), True),
        ("lf", ("crlf", "lf"), True),
        ("cr", ("crlf", "lf"), False),
        (0, (0,), True),
        (0, (False,), False),
        (True, (1,), False),
        (1, (1.0,), True),
        (["A"], ("A",), True),
        (["A", "B"], ("A",), False),
        (["A", "B"], ("B", "A"), True),
        (["A", "B"], (["A", "B"],), True),
        ([], ("A",), True),
        ("A", (["A"],), False),
    ],
)
def test_a_value_matches_any_of_those_expected(value: Any, values: tuple[object, ...], same: bool) -> None:
    assert Expectation("x", values, "", "").kept_by({"x": value}) is same


@pytest.mark.parametrize(("observed", "speaks", "silent"), [(False, PROMISE, HABIT), (True, HABIT, PROMISE)])
def test_promises_and_habits_are_judged_by_their_own_rule(observed: bool, speaks: str, silent: str) -> None:
    dialect = speaking("sse.line-endings", "crlf", observed=observed)
    assert verdict(speaks, PLAIN, dialect=dialect) is FAIL
    assert verdict(silent, PLAIN, dialect=dialect) is NOT_APPLICABLE
    assert verdict(speaks, PLAIN, dialect=speaking("sse.line-endings", "lf", observed=observed)) is PASS


def test_the_finding_names_trait_values_reason_and_source() -> None:
    text = message(PROMISE, PLAIN, dialect=speaking("sse.line-endings", "crlf", "cr"))
    assert text == "sse.line-endings is 'lf', promised is 'crlf' or 'cr': it says so (https://example.com)"


@pytest.mark.parametrize(
    ("dialect", "reason"),
    [
        (STRICT, "expects nothing"),
        (speaking("sse.line-endings", "crlf", protocols=("openai-chat",)), "no promise for this protocol"),
        (speaking("http.cache-control", "no-cache"), "shows nothing of http.cache-control"),
        (speaking("no.such-trait", "x"), "shows nothing of no.such-trait"),
    ],
)
def test_what_the_stream_cannot_show_is_not_applicable_with_the_reason(dialect: Dialect, reason: str) -> None:
    found = outcome(PROMISE, PLAIN, dialect=dialect)
    assert found.verdict is NOT_APPLICABLE and found.reason is not None and reason in found.reason


def test_evidence_that_is_missing_breaks_no_promise() -> None:
    thin = PLAIN.but(missing=frozenset({Evidence.FRAMING}))
    assert verdict(PROMISE, thin, dialect=speaking("sse.line-endings", "crlf")) is NOT_APPLICABLE


@pytest.mark.parametrize("kind", [EndKind.RESET, EndKind.TRUNCATED, EndKind.CANCELLED, EndKind.TIMEOUT])
def test_a_stream_that_broke_off_breaks_no_promise(kind: EndKind) -> None:
    cut = PLAIN.but(end=End(kind, at=99.0)).paced()
    assert verdict(PROMISE, cut, dialect=speaking("sse.line-endings", "crlf")) is NOT_APPLICABLE


def test_each_expectation_is_judged_by_itself() -> None:
    several = (
        Expectation("sse.line-endings", ("crlf",), "a", "https://example.com"),
        Expectation("sse.comments", (3,), "b", "https://example.com"),
        Expectation("sse.ids", (0,), "c", "https://example.com"),
        Expectation("no.such-trait", (0,), "d", "https://example.com"),
    )
    found = outcome(PROMISE, PLAIN, dialect=Dialect("example", expectations=several))
    assert [finding.message.partition(" ")[0] for finding in found.findings] == ["sse.line-endings", "sse.comments"]
