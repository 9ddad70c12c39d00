"""A target over time: verdicts, medians, and what changed from run to run."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from conformance.core import trend as trends
from conformance.core.finding import Verdict
from conformance.core.trend import Course, Sample, trend

PASS, FAIL = Verdict.PASS, Verdict.FAIL


def sample(run: int, scenario: str = "tools", verdict: Verdict = PASS, **more: Any) -> Sample:
    values: dict[str, Any] = {
        "at": f"2026-11-{run:02d}T09:00:00.000+00:00",
        "ruleset": "2026.11",
        "target": "gw",
        "protocol": "openai-chat",
        "model": "m",
    }
    return Sample(**{**values, "run": run, "scenario": scenario, "verdict": verdict, **more})


def course(*samples: Sample) -> Course:
    (found,) = trend("gw", samples).courses
    return found


def told(found: Course) -> list[tuple[object, ...]]:
    return [(one.run, one.scenario, one.kind, one.name, one.before, one.after) for one in found.changes]


def test_a_line_for_each_scenario_and_a_place_for_each_run() -> None:
    found = course(sample(1, "text"), sample(1), sample(2, "text"), sample(3), sample(3, "text", FAIL))
    assert [(line.scenario, line.verdicts) for line in found.lines] == [
        ("text", (PASS, PASS, FAIL)),
        ("tools", (PASS, None, PASS)),
    ]
    assert [point.run for point in found.points] == [1, 2, 3]
    assert found.points[2].verdicts == {"pass": 1, "fail": 1}


def test_of_several_answers_the_worst_counts_and_its_share_is_told() -> None:
    found = course(sample(1), sample(1, verdict=FAIL), sample(1), sample(2), sample(2))
    (line,) = found.lines
    assert line.verdicts == (FAIL, PASS)
    assert line.shares == ("fail 1/3", "pass 2/2")
    assert told(found) == [(2, "tools", "verdict", "", "fail 1/3", "pass 2/2")]


def test_a_larger_share_of_the_same_verdict_is_no_flip() -> None:
    assert told(course(sample(1, verdict=FAIL), sample(1), sample(2, verdict=FAIL))) == []


def test_a_run_is_compared_with_the_one_before_in_which_the_scenario_was_asked() -> None:
    found = course(sample(1), sample(2, "text"), sample(3, verdict=FAIL))
    assert told(found) == [(3, "tools", "verdict", "", "pass", "fail")]


def test_a_rule_that_is_broken_now_and_one_that_is_kept_again_are_told() -> None:
    before, after = {"a/x": "p", "a/y": "f", "a/z": "p"}, {"a/x": "f", "a/y": "p", "a/z": "p"}
    found = course(sample(1, outcomes=before), sample(2, outcomes=after))
    assert [one[2:] for one in told(found)] == [("rule", "a/x", "pass", "fail"), ("rule", "a/y", "fail", "pass")]


def test_what_could_not_be_told_in_between_hides_no_change() -> None:
    dumb = sample(2, verdict=Verdict.INCONCLUSIVE, outcomes={"a/x": "n"})
    found = course(sample(1, verdict=FAIL, outcomes={"a/x": "f"}), dumb, sample(3, outcomes={"a/x": "p"}))
    assert told(found) == [(3, "tools", "verdict", "", "fail", "pass"), (3, "tools", "rule", "a/x", "fail", "pass")]
    assert found.lines[0].verdicts == (FAIL, Verdict.INCONCLUSIVE, PASS)


def test_what_one_run_cannot_tell_is_no_change() -> None:
    before = sample(1, outcomes={"a/x": "p"}, traits={"usage.placement": None, "b": "1"})
    after = sample(2, outcomes={"a/x": "n", "a/new": "f"}, traits={"usage.placement": "own-chunk"})
    assert told(course(before, after)) == []


def test_a_trait_with_another_value_is_a_change_unless_it_is_of_the_clock() -> None:
    before = sample(1, traits={"usage.placement": "own-chunk", "done": True, "timing.head": "early", "l": ["a"]})
    after = sample(2, traits={"usage.placement": "last-chunk", "done": False, "timing.head": "late", "l": ["a", "b"]})
    assert [one[3:] for one in told(course(before, after))] == [
        ("done", "yes", "no"),
        ("l", "a", "a, b"),
        ("usage.placement", "own-chunk", "last-chunk"),
    ]


TOLD = st.builds(
    lambda run, letters, trait: sample(run, outcomes=dict(zip("abc", letters, strict=False)), traits={"t": trait}),
    st.integers(1, 6),
    st.text("pfnwi-", max_size=3),
    st.sampled_from([None, "x", "y", ["x", "y"]]),
)


@given(st.lists(TOLD, min_size=1, max_size=14))
def test_passing_over_what_all_tell_alike_hides_no_change(samples: list[Sample]) -> None:
    with patch.object(trends, "_varying", lambda same, before, of: sorted({name for one in same for name in of(one)})):
        whole = told(course(*samples))
    assert told(course(*samples)) == whole


def test_another_model_and_another_ruleset_are_told() -> None:
    found = course(sample(1), sample(2, model="n", ruleset="2027.01"))
    assert told(found) == [(2, "", "ruleset", "", "2026.11", "2027.01"), (2, "tools", "model", "", "m", "n")]


def test_a_figure_is_the_median_of_the_run_and_nothing_where_no_stream_tells_it() -> None:
    runs = [sample(1, latency={"ttfb": value, "total": None}) for value in (10.0, 30.0, 100)]
    (point,) = course(*runs).points
    assert point.figures == {"ttfb": 30.0, "first_text": None, "gap_p95": None, "total": None}


def test_protocols_have_courses_of_their_own_and_the_order_of_the_rows_does_not_matter() -> None:
    samples = [sample(2), sample(1, protocol="gemini-generate"), sample(1), sample(1, "text")]
    found = trend("gw", samples)
    assert [one.protocol for one in found.courses] == ["gemini-generate", "openai-chat"]
    assert found == trend("gw", reversed(samples))
    assert trend("gw", []).courses == ()
