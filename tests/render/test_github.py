"""The report as GitHub's workflow commands."""

from __future__ import annotations

import pytest

from conformance.core.finding import Failure, Level, Spot
from conformance.render.github import render
from tests.reports import finding, report, run

SPOT = Spot(12, 9, 12, 40, "data: x")


def test_a_finding_stands_at_its_line() -> None:
    text = render(report(run("c/a.yaml", finding(event=1, offset=260, spot=SPOT, count=2))))
    assert text == (
        "::error file=c/a.yaml,line=12,col=9,endLine=12,endColumn=40,title=demo/fault"
        "::what is wrong (2 times)%0Aevent 1 · byte 260\n"
    )


@pytest.mark.parametrize(
    ("level", "word"), [(Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.NOTE, "notice")]
)
def test_a_level_has_a_command(level: Level, word: str) -> None:
    assert render(report(run("a", finding(level=level)))).startswith(f"::{word} file=a,title=demo/fault::")


def test_an_event_of_several_lines_has_no_last_column() -> None:
    text = render(report(run("a", finding(spot=Spot(1, 2, 3, 4, "x")))))
    assert "line=1,col=2,endLine=3,title" in text


def test_the_worst_come_first_and_what_does_not_count_is_left_out() -> None:
    note, waived = finding("demo/n", Level.NOTE), finding("demo/w", waived="documented")
    text = render(report(run("a", note, waived), run("b", finding())))
    assert [line.split(" ")[0] for line in text.splitlines()] == ["::error", "::notice"]


def test_what_could_not_be_read_is_an_error() -> None:
    text = render(report(failures=[Failure("b.yaml", "b.yaml: is no YAML.")]))
    assert text == "::error file=b.yaml,title=not judged::b.yaml: is no YAML.\n"


def test_nothing_a_peer_sent_begins_a_command_or_ends_a_property() -> None:
    hostile = finding("demo/fault", message="a\n::set-env name=X::y\r\n%0A ::", spot=Spot(1, remark="near\nit"))
    text = render(report(run("a,b:c\nd.yaml", hostile)))
    assert len(text.splitlines()) == 1
    assert text.startswith("::error file=a%2Cb%3Ac%0Ad.yaml,line=1,title=demo/fault::a\\n::set-env")
    assert "%250A" in text


def test_standard_input_is_no_file_and_nothing_to_say_is_nothing() -> None:
    assert render(report(run("-", finding()))).startswith("::error title=demo/fault::")
    assert render(report(run("a"))) == ""
