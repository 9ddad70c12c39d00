"""Cancellations added up: counts, spreads, reasons."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from conformance.core.cancellation import STAGES, Spread, cancellations
from conformance.core.finding import Run, Verdict
from conformance.render.json_ import render as as_json
from conformance.render.markdown import render as as_markdown
from conformance.render.table import render as as_table
from tests.reports import report, run


def left(stage: str = "after-events", how: str = "close", verdict: Verdict = Verdict.PASS, **told: Any) -> Run:
    return replace(run(verdict=verdict, outcomes=()), cancellation={"stage": stage, "how": how, **told})


SEEN = [left(observer="upstream", propagated_ms=float(ms), resolution_ms=0.5, next_ms=60 + ms) for ms in range(1, 21)]


def test_a_spread_says_of_how_many_it_is() -> None:
    assert Spread.of([]) is None
    assert Spread.of([7.0]) == Spread(1, 7.0, 7.0, 7.0)
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(3, 2.0, 2.9, 3.0)


def test_each_stage_and_way_is_one_row_in_the_order_of_an_answer() -> None:
    runs = [left("after-terminal"), left("before-head", "reset"), left("before-head"), left("before-head"), run()]
    assert [(one.stage, one.how, one.asked) for one in cancellations(runs)] == [
        ("before-head", "reset", 1), ("before-head", "close", 2), ("after-terminal", "close", 1),
    ]  # fmt: skip
    assert cancellations([run()]) == []
    assert len(set(STAGES)) == len(STAGES)


def test_seen_never_unobserved_and_missed_are_counted_apart() -> None:
    runs = [
        left(observer="upstream", propagated_ms=1.5),
        left(observer="upstream", never=True, waited_ms=10_000),
        left(unobserved="nobody there"),
        left(),
        left(missed="no event came", observer="upstream", propagated_ms=9.0),
    ]
    (row,) = cancellations(runs)
    assert (row.asked, row.left, row.seen, row.never, row.unobserved) == (5, 4, 1, 1, 2)
    assert row.propagated == Spread(1, 1.5, 1.5, 1.5)
    assert row.remarks == ("nobody there", "no event came")


def test_late_is_what_was_late_at_the_look_before() -> None:
    runs = [
        left(observer="o", propagated_ms=2_001.0, resolution_ms=0.5),
        left(observer="o", propagated_ms=2_001.0, resolution_ms=5.0),
        left(observer="o", propagated_ms=501.0, within_ms=500.0),
        left(observer="o", never=True),
    ]
    (row,) = cancellations(runs)
    assert (row.seen, row.late, row.never) == (3, 2, 1)
    assert "3/4, 2 late, 1 never" in as_table(report(*runs), 140)


def test_whether_sessions_stay_usable_is_counted_where_it_was_tried() -> None:
    runs = [left(how="rst-stream", session_usable=True), left(how="rst-stream", session_usable=False)]
    assert "served another request in 1 of 2" in as_table(report(*runs), 140)
    told = json.loads(as_json(report(*runs, left())))["cancellations"]
    assert [row["session"] for row in told] == [{"usable": 1, "tried": 2}, None]
    assert "another request" not in as_table(report(left()), 140)


def test_what_was_never_seen_and_what_was_not_to_be_stopped_are_told_in_words() -> None:
    runs = [
        left(observer="o", never=True),
        left(how="half-close", unobserved="nobody"),
        left("after-terminal", unobserved="nobody"),
        left("before-head", unobserved="nobody"),
    ]
    seen = [line.split("1/1 ")[1].split()[:2] for line in as_table(report(*runs), 140).splitlines() if "1/1 " in line]
    assert seen == [["unobserved", "pass"], ["never", "pass"], ["not", "asked"], ["was", "over"]]


def test_a_truth_or_a_word_for_a_figure_is_no_figure() -> None:
    (row,) = cancellations([left(observer="o", propagated_ms=True), left(observer="o", propagated_ms="soon")])
    assert (row.seen, row.unobserved, row.propagated) == (0, 2, None)


def test_every_form_of_a_report_tells_them_and_says_nothing_where_there_are_none() -> None:
    whole = report(*SEEN, left("in-reasoning", verdict=Verdict.INCONCLUSIVE, unobserved="nobody |looked|"))
    table, page = as_table(whole, 140), as_markdown(whole)
    assert "20/20" in table and "unobserved" in table and "10.5" in table
    assert "## Cancellations" in page and "nobody \\|looked\\|" in page
    assert '"p50": 10.5' in as_json(whole)
    plain = report(run())
    assert "propagated" not in as_table(plain) + as_markdown(plain)
    assert '"cancellations": []' in as_json(plain)
