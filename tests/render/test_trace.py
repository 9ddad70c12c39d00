"""Statements and what tests them: tested, excused and open are three different things."""

from __future__ import annotations

from conformance.catalogue import Statement
from conformance.render._text import plain, width
from conformance.render._trace import totals, trace_data, trace_lines

SAID = {
    "S01": Statement("S01", "MUST", "the media type is text/event-stream", "WHATWG 9.2"),
    "S02": Statement("S02", "MAY", "one leading BOM is legal " * 9, "WHATWG 9.2", "a permission cannot be broken"),
    "S03": Statement("S03", "MUST", "nobody looks at this", "WHATWG 9.2"),
}
NAMED = {"S01": ["rule http/content-type", "dialect openai"], "S02": [], "S99": ["rule sse/typo"]}


def test_every_statement_says_what_tests_it_or_why_nothing_does() -> None:
    assert list(trace_lines(SAID, NAMED, 60, plain)) == [
        "S01  MUST      the media type is text/event-stream",
        "     rule http/content-type, dialect openai",
        "S02  MAY       " + ("one leading BOM is legal " * 9)[:44] + "…",
        "     not tested: a permission cannot be broken",
        "S03  MUST      nobody looks at this",
        "     open: nothing tests it, and no reason is given",
        "",
        "3 statements: 1 tested, 1 not tested, with the reason and 1 open. Named, but not in the list: S99.",
    ]


def test_totals_leave_out_what_is_none() -> None:
    assert totals({"S01": SAID["S01"]}, NAMED | {"S99": []}).startswith("1 statement: 1 tested.")
    assert totals({}, {}) == "No statements."


def test_the_data_for_machines_keeps_source_and_reason() -> None:
    assert trace_data(SAID, NAMED)[1] == {
        "id": "S02",
        "level": "MAY",
        "says": SAID["S02"].says,
        "source": "WHATWG 9.2",
        "tested_by": [],
        "untested": "a permission cannot be broken",
    }


def test_no_statement_is_wider_than_the_terminal() -> None:
    assert max(width(line) for line in list(trace_lines(SAID, NAMED, 60, plain))[:-1]) <= 60
