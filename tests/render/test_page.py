"""A rule's page: the example as it went over the wire, and what changes it from good to bad."""

from __future__ import annotations

import pytest

from conformance.core.example import Example
from conformance.core.recording import End, EndKind
from conformance.protocols.openai_chat.rules import id_changes
from conformance.render._page import (
    FIRST_LINES,
    MAX_LINES,
    Shown,
    body_of,
    example_lines,
    facts,
    markdown,
    terminal,
)
from conformance.render._text import plain, width
from tests.reports import finding

RULE = id_changes.check
GOOD = [Shown(id_changes.GOOD, [])]
BAD = [Shown(id_changes.BAD, [finding(RULE.id, event=1, offset=184)])]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("data: a\n\n", ["data: a", ""]),
        ("data: a\r\n\r\n", ["data: a␍␊", "␍␊"]),
        ("data: a\rdata: b", ["data: a␍", "data: b"]),
        (b"data: \xff\n", [r"data: \xff"]),
        ('data: {"text":"\\r\\n"}\n', ['data: {"text":"\\r\\n"}']),
        ("data: \x1b[2J\n", [r"data: \x1b[2J"]),
        ("", [""]),
    ],
)
def test_the_body_is_shown_with_its_line_ends(body: str | bytes, lines: list[str]) -> None:
    assert list(example_lines(Example(body))) == lines


def test_request_head_reads_and_end_are_shown_where_they_matter() -> None:
    example = Example(
        "data: a\n\n",
        request={"stream": True, "n": 2},
        status=429,
        headers=(("retry-after", "1"),),
        reads=((50.0, 9),),
        end=End(EndKind.CANCELLED, 60.0, "recorder"),
    )
    assert list(example_lines(example)) == [
        '> {"stream":true,"n":2}',
        "< HTTP/1.1 429",
        "< retry-after: 1",
        "data: a",
        "",
        "# reads, ms:bytes  50:9",
        "# end  cancelled by the recorder after 60 ms",
    ]


def test_a_long_example_is_cut() -> None:
    lines = list(example_lines(Example("data: a\n\n" * MAX_LINES)))
    assert len(lines) == FIRST_LINES + 1
    assert lines[-1] == f"… {2 * MAX_LINES - FIRST_LINES} more lines"


def test_the_bad_stream_is_shown_as_what_it_changes() -> None:
    text = markdown(RULE, GOOD, BAD)
    assert text.startswith(f"# {RULE.id}\n\n**{RULE.title}.**\n")
    diff = text.partition("```diff\n")[2].partition("\n```")[0]
    changed = [line for line in diff.split("\n") if line[:1] in ("+", "-")]
    assert [line[0] for line in changed] == ["-", "+"]
    assert "chatcmpl-1" in changed[0]
    assert "chatcmpl-2" in changed[1]
    assert f"- error {RULE.id}: what is wrong (event 1 · byte 184)" in text


def test_a_bad_stream_with_nothing_in_common_is_shown_whole() -> None:
    assert "```diff" not in markdown(RULE, GOOD, [Shown(Example(": x\n"), [])])
    assert "```text\n: x\n```" in markdown(RULE, GOOD, [Shown(Example(": x\n"), [])])


def test_the_facts_leave_out_what_is_empty() -> None:
    names = [name for name, _ in facts(RULE)]
    assert names == ["level", "family", "since", "judges", "statements"]
    assert body_of(RULE)
    assert RULE.title not in body_of(RULE)


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_the_terminal_page_fits_but_for_its_addresses(columns: int) -> None:
    lines = [line for line in terminal(RULE, GOOD, BAD, columns, plain) if "https://" not in line]
    assert max(width(line) for line in lines if not line.startswith("judges")) <= columns
