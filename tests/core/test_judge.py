"""Laws of the judge: without evidence not-recorded, without occasion not-applicable, never a pass; faults fold.

Rules of this file are called after this line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from conformance.core.dialect import STRICT, Deviation, Dialect
from conformance.core.example import Example
from conformance.core.finding import Family, Finding, Level, Outcome, Verdict
from conformance.core.judge import MAX_FINDINGS, judge, overall
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence
from conformance.core.rule import Cite, Fault, On, Rule
from conformance.core.stream import Stream

STREAM = Example("data: 1\n\ndata: 2\n\ndata: 3\n\n")


def silent(stream: Stream[None]) -> Iterator[Fault]:
    yield from ()


def one(stream: Stream[None]) -> Iterator[Fault]:
    yield Fault("one fault")


def rule(check: Callable[[Stream[None]], Iterator[Fault]] = silent, **changes: object) -> Rule:
    made = Rule("test/rule", Level.ERROR, Family.SHAPE, (Cite("", ""),), "2026.11", check, __name__)
    return replace(made, **changes)  # type: ignore[arg-type]


def outcome(made: Rule, example: Example = STREAM, dialect: Dialect = STRICT) -> Outcome:
    (found,) = judge(Stream(example.recording(), UNKNOWN), [made], dialect)
    return found


def never(stream: Stream[None]) -> Iterator[Fault]:
    raise AssertionError("a rule that does not apply is not asked")
    yield


def test_no_fault_is_a_pass() -> None:
    assert outcome(rule()) == Outcome("test/rule", Verdict.PASS)


def test_a_fault_is_a_failure() -> None:
    found = outcome(rule(one, level=Level.WARNING, family=Family.USAGE))
    assert found.verdict is Verdict.FAIL
    assert found.findings == (Finding("test/rule", Level.WARNING, Family.USAGE, "one fault"),)


ERROR_JSON = Example('{"error":1}', status=429, headers=(("content-type", "application/json"),))
NOT_A_STREAM = Example('{"a":1}', headers=(("content-type", "application/json"),))
EMPTY = Example(": nothing\n\n")

REASONS: dict[str, tuple[Example, dict[str, object], str]] = {
    "events of an error": (ERROR_JSON, {"on": On.EVENTS}, "the response is an error (429)"),
    "stream of an error": (ERROR_JSON, {"on": On.STREAM}, "the response is an error (429)"),
    "events of JSON": (NOT_A_STREAM, {"on": On.EVENTS}, "the response is no event stream"),
    "stream of JSON": (NOT_A_STREAM, {"on": On.STREAM}, "the response is no event stream"),
    "events of an empty stream": (EMPTY, {"on": On.EVENTS}, "the stream holds no event"),
    "complete, cancelled": (
        STREAM.but(end=End(EndKind.CANCELLED)),
        {"complete": True},
        "the client ended the stream (cancelled)",
    ),
    "complete, timed out": (
        STREAM.but(end=End(EndKind.TIMEOUT)),
        {"complete": True},
        "the client ended the stream (timeout)",
    ),
    "complete, recorder stopped": (
        STREAM.but(end=End(EndKind.EOF, by="recorder")),
        {"complete": True},
        "the recorder was stopped",
    ),
    "its own condition": (STREAM, {"when": lambda stream: "no tool call"}, "no tool call"),
    "no occasion before no evidence": (EMPTY, {"needs": frozenset({Evidence.TIMING})}, "the stream holds no event"),
}


@pytest.mark.parametrize(("example", "changes", "reason"), REASONS.values(), ids=REASONS)
def test_what_does_not_apply_says_why(example: Example, changes: dict[str, object], reason: str) -> None:
    assert outcome(rule(never, **changes), example) == Outcome("test/rule", Verdict.NOT_APPLICABLE, (), reason)


APPLIES: dict[str, tuple[Example, dict[str, object]]] = {
    "any response": (ERROR_JSON, {"on": On.RESPONSE}),
    "an empty stream": (EMPTY, {"on": On.STREAM}),
    "a stream that the server cut": (STREAM.but(end=End(EndKind.RESET)), {"complete": True}),
    "a cancelled stream, where completeness does not matter": (STREAM.but(end=End(EndKind.CANCELLED)), {}),
    "its own condition": (STREAM, {"when": lambda stream: None}),
    "evidence that is there": (STREAM.paced(), {"needs": frozenset({Evidence.TIMING, Evidence.READS})}),
    "other evidence that is not there": (STREAM, {"needs": frozenset({Evidence.HEADERS})}),
}


@pytest.mark.parametrize(("example", "changes"), APPLIES.values(), ids=APPLIES)
def test_what_applies_is_judged(example: Example, changes: dict[str, object]) -> None:
    assert outcome(rule(one, **changes), example).verdict is Verdict.FAIL


def test_without_its_evidence_a_rule_is_not_recorded_and_says_what_is_lacking() -> None:
    needs = frozenset({Evidence.TIMING, Evidence.READS, Evidence.REQUEST})
    assert outcome(rule(never, needs=needs)) == Outcome(
        "test/rule", Verdict.NOT_RECORDED, (), "not recorded: reads, timing"
    )


def test_the_condition_is_asked_only_with_the_evidence() -> None:
    def when(stream: Stream[None]) -> str | None:
        raise AssertionError("it would read what is not there")

    assert outcome(rule(never, needs=frozenset({Evidence.TIMING}), when=when)).verdict is Verdict.NOT_RECORDED


def test_a_condition_that_many_rules_share_is_asked_once_per_stream() -> None:
    asked: list[Stream[None]] = []

    def when(stream: Stream[None]) -> str | None:
        asked.append(stream)
        return "asked"

    rules = [rule(never, id=f"test/{number}", when=when) for number in range(3)]
    streams = [Stream(STREAM.recording(), UNKNOWN) for _ in range(2)]
    for stream in streams:
        assert [outcome.reason for outcome in judge(stream, rules, STRICT)] == ["asked"] * 3
    assert asked == streams


def test_what_one_recording_lacks_is_not_held_against_another() -> None:
    made = rule(one, needs=frozenset({Evidence.TIMING}))
    verdicts = [outcome(made, example).verdict for example in (STREAM, STREAM.paced(), STREAM)]
    assert verdicts == [Verdict.NOT_RECORDED, Verdict.FAIL, Verdict.NOT_RECORDED]


def test_faults_of_the_same_words_are_one_finding_with_a_count_at_the_first_place() -> None:
    def check(stream: Stream[None]) -> Iterator[Fault]:
        yield Fault("a", event=1)
        yield Fault("b", event=0)
        yield Fault("a", event=2)

    first, second = outcome(rule(check)).findings
    assert (first.message, first.count, first.event) == ("a", 2, 1)
    assert (second.message, second.count, second.event) == ("b", 1, 0)


@pytest.mark.parametrize("number", [1, MAX_FINDINGS, MAX_FINDINGS + 1, MAX_FINDINGS + 9])
def test_what_is_beyond_the_limit_is_counted_in_one_more_finding(number: int) -> None:
    def check(stream: Stream[None]) -> Iterator[Fault]:
        for index in range(number):
            yield Fault(f"fault {index}")
            yield Fault(f"fault {index}")

    findings = outcome(rule(check)).findings
    assert len(findings) == min(number, MAX_FINDINGS + 1)
    assert sum(finding.count for finding in findings) == 2 * number
    beyond = [finding.message for finding in findings[MAX_FINDINGS:]]
    places = 2 * (number - MAX_FINDINGS)
    title = (
        "laws of the judge: without evidence not-recorded, without occasion not-applicable, never a pass; faults fold"
    )
    assert beyond == ([f"{places} further places where {title}"] if places > 0 else [])


def test_a_finding_knows_its_place() -> None:
    def check(stream: Stream[None]) -> Iterator[Fault]:
        yield Fault("event", event=1)
        yield Fault("event and offset", event=1, offset=13, pointer="/a")
        yield Fault("offset", offset=9)
        yield Fault("time", at=7.0)
        yield Fault("event and time", event=1, at=7.0)
        yield Fault("nowhere")

    places = {
        finding.message: (finding.event, finding.offset, finding.pointer, finding.at)
        for finding in outcome(rule(check), STREAM.paced(gap=10, first=50)).findings
    }
    assert places == {
        "event": (1, 9, None, 60.0),
        "event and offset": (1, 13, "/a", 60.0),
        "offset": (None, 9, None, 60.0),
        "time": (None, None, None, 7.0),
        "event and time": (1, 9, None, 7.0),
        "nowhere": (None, None, None, None),
    }
    untimed = {finding.message: finding.at for finding in outcome(rule(check)).findings}
    assert untimed["event"] is untimed["offset"] is None


DIALECT = Dialect("dialect", deviations=(Deviation("test/rule", "it says so", "https://example.com"),))


def test_a_deviation_waives_its_rule_and_says_why() -> None:
    found = outcome(rule(one), dialect=DIALECT)
    assert found.verdict is Verdict.WAIVED
    assert [finding.waived for finding in found.findings] == ["it says so"]


def test_a_deviation_waives_no_other_rule_and_no_pass() -> None:
    assert outcome(rule(one, id="test/other"), dialect=DIALECT).verdict is Verdict.FAIL
    assert outcome(rule(), dialect=DIALECT).verdict is Verdict.PASS
    assert outcome(rule(one), dialect=STRICT).verdict is Verdict.FAIL


def test_outcomes_come_in_the_order_of_the_rules() -> None:
    made = [rule(id=f"test/{name}") for name in "cab"]
    found = judge(Stream(STREAM.recording(), UNKNOWN), made, STRICT)
    assert [outcome.rule for outcome in found] == ["test/c", "test/a", "test/b"]


def of(verdict: Verdict, level: Level | None = None) -> Outcome:
    findings = () if level is None else (Finding("test/rule", level, Family.SHAPE, "a"),)
    return Outcome("test/rule", verdict, findings)


PASS, LACKING, IDLE = of(Verdict.PASS), of(Verdict.NOT_RECORDED), of(Verdict.NOT_APPLICABLE)
ERROR, WARNING, NOTE = (of(Verdict.FAIL, level) for level in reversed(Level))
WAIVED, WAIVED_NOTE = of(Verdict.WAIVED, Level.ERROR), of(Verdict.WAIVED, Level.NOTE)

OVERALL: dict[str, tuple[list[Outcome], Verdict]] = {
    "an error": ([PASS, ERROR, WAIVED, LACKING, IDLE], Verdict.FAIL),
    "a waived error": ([PASS, WAIVED, LACKING], Verdict.WAIVED),
    "passes": ([PASS, LACKING, IDLE], Verdict.PASS),
    "a warning": ([PASS, WARNING], Verdict.PASS),
    "a note alone": ([NOTE, IDLE], Verdict.PASS),
    "a waived note": ([WAIVED_NOTE], Verdict.PASS),
    "nothing recorded": ([LACKING, IDLE], Verdict.NOT_RECORDED),
    "nothing applied": ([IDLE, IDLE], Verdict.NOT_APPLICABLE),
    "no rules": ([], Verdict.NOT_APPLICABLE),
}


@pytest.mark.parametrize(("outcomes", "verdict"), OVERALL.values(), ids=OVERALL)
def test_a_run_fails_by_errors_and_passes_only_where_a_rule_applied(outcomes: list[Outcome], verdict: Verdict) -> None:
    assert overall(outcomes) is verdict
