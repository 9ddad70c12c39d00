"""A finding is a regression where its rule was kept; what could not be seen is neither new nor mended."""

from __future__ import annotations

import pytest

from conformance.core.diff import By, Group, Sample
from conformance.core.diff_findings import finding_changes, verdict_changes
from conformance.core.finding import Level, Outcome, Verdict
from tests.core.diffs import NO_SHAPE, group, sample
from tests.reports import finding

RULE = "demo/fault"
BROKEN = Outcome(RULE, Verdict.FAIL, (finding(RULE, count=3),))
TWICE = Outcome(RULE, Verdict.FAIL, (finding(RULE, count=6),))
WARNED = Outcome(RULE, Verdict.FAIL, (finding(RULE, Level.WARNING),))
WAIVED = Outcome(RULE, Verdict.WAIVED, (finding(RULE, waived="documented"),))
KEPT = Outcome(RULE, Verdict.PASS)
IDLE = Outcome(RULE, Verdict.NOT_APPLICABLE, (), "no tool was called")
BLIND = Outcome(RULE, Verdict.NOT_RECORDED)
OTHER = Outcome("demo/other", Verdict.PASS)


def told(found: Group) -> list[tuple[str, Level | None, str, str]]:
    return [(one.change, one.level, str(one.old), str(one.new)) for one in finding_changes(found)]


@pytest.mark.parametrize(
    ("before", "after", "change", "level"),
    [
        (KEPT, BROKEN, "new", Level.ERROR),
        (KEPT, WARNED, "new", Level.WARNING),
        (IDLE, BROKEN, "new", Level.ERROR),
        (BLIND, BROKEN, "new", Level.NOTE),
        (OTHER, BROKEN, "new", Level.NOTE),
        (KEPT, WAIVED, "new", Level.NOTE),
        (BROKEN, KEPT, "gone", None),
        (BROKEN, IDLE, "unseen", Level.NOTE),
        (BROKEN, OTHER, "unseen", Level.NOTE),
        (BROKEN, TWICE, "more", Level.NOTE),
        (TWICE, BROKEN, "fewer", None),
    ],
)
def test_what_a_change_of_one_rule_is(before: Outcome, after: Outcome, change: str, level: Level | None) -> None:
    (found,) = told(group([sample(before)], [sample(after)]))
    assert found[:2] == (change, level)


def test_what_stays_is_no_change() -> None:
    for outcome in (BROKEN, WAIVED, KEPT, IDLE):
        assert told(group([sample(outcome)], [sample(outcome)])) == []
    assert told(group([sample(BROKEN)] * 2, [sample(BROKEN)] * 3)) == [], "more repeats are no more faults"


def test_a_change_says_on_how_many_streams_it_stands() -> None:
    flaky = group([sample(BROKEN), *[sample(KEPT)] * 4], [*[sample(BROKEN)] * 3, *[sample(KEPT)] * 2])
    assert told(flaky) == [("more", Level.NOTE, "1/5", "3/5")]


def test_an_inconclusive_stream_keeps_nothing() -> None:
    doubtful = sample(KEPT, inconclusive="no tool was called", verdict=Verdict.INCONCLUSIVE)
    assert told(group([sample(BROKEN)], [doubtful]))[0][0] == "unseen"


@pytest.mark.parametrize(
    ("before", "broken", "level"), [(KEPT, 3, Level.ERROR), (KEPT, 2, Level.NOTE), (IDLE, 3, Level.NOTE)]
)
def test_other_requests_must_break_it_most_of_the_time(before: Outcome, broken: int, level: Level) -> None:
    found = group([sample(before)] * 3, [*[sample(BROKEN)] * broken, sample(KEPT)], By.PROVIDER)
    assert [one[1] for one in told(found)] == [level]


# Verdicts


def test_a_stream_that_no_longer_comes_is_an_error() -> None:
    silent = sample(IDLE, events=0, verdict=Verdict.NOT_APPLICABLE, shape=NO_SHAPE)
    (found,) = verdict_changes(group([sample(KEPT)] * 2, [sample(KEPT), silent]))
    assert (found.change, found.name, found.level) == ("lost", "stream", Level.ERROR)
    assert (str(found.old), str(found.new), found.said) == ("2/2", "1/2", "no tool was called")
    assert not list(verdict_changes(group([silent], [silent])))
    assert not list(verdict_changes(group([sample(KEPT)], [silent], By.PROVIDER)))


FAILED = NO_SHAPE.__class__({"chunk": {}, "error": {}}, frozenset(), True)


@pytest.mark.parametrize("failed", [sample(KEPT, shape=FAILED), sample(KEPT, traits={"error.form": "error-object"})])
def test_a_stream_that_ends_in_an_error_is_lost_though_it_breaks_no_rule(failed: Sample) -> None:
    (found,) = verdict_changes(group([sample(KEPT)] * 2, [sample(KEPT), failed]))
    assert (found.change, found.name, found.level, str(found.new)) == ("lost", "stream", Level.ERROR, "1/2")
    assert found.said == "an error event is in the stream"
    (back,) = verdict_changes(group([failed], [sample(KEPT)]))
    assert (back.change, back.name, back.level) == ("regained", "stream", None)
    assert not list(verdict_changes(group([failed], [failed])))


def test_a_stream_that_we_left_before_its_first_event_is_not_lost() -> None:
    left = sample(KEPT, events=0, shape=NO_SHAPE.__class__({}, frozenset(), False))
    assert not list(verdict_changes(group([sample(KEPT)], [left])))
    assert not list(verdict_changes(group([sample(KEPT)], [sample(KEPT, events=0)]))), "nor as a report tells of it"


@pytest.mark.parametrize(("streams", "level"), [(1, Level.NOTE), (3, Level.WARNING)])
def test_a_lost_verdict_is_a_warning_where_it_is_no_chance(streams: int, level: Level) -> None:
    doubtful = sample(KEPT, inconclusive="the stream shows nothing of it", verdict=Verdict.INCONCLUSIVE)
    kept = [sample(KEPT)] * streams
    (found,) = verdict_changes(group(kept, [doubtful] * streams))
    assert (found.change, found.name, found.level) == ("lost", "verdict", level)
    (back,) = verdict_changes(group([doubtful] * streams, kept))
    assert (back.change, back.level) == ("regained", None)
    assert not list(verdict_changes(group(kept, [*kept, doubtful])))
