"""The bytes that a finding points at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.render._excerpt import MAX_LINES, excerpt
from conformance.render._text import width
from tests.reports import TWO_IDS, finding

BODY = TWO_IDS.encode()
SECOND = BODY.index(b"data:", 5)


def test_an_event_is_shown_from_where_it_differs_from_the_one_before() -> None:
    (line,) = excerpt(BODY, finding(event=1, offset=SECOND), 60)
    assert 'chatcmpl-1"' in line
    assert width(line) <= 60


def test_a_pointer_moves_the_window_to_its_key() -> None:
    (line,) = excerpt(BODY, finding(event=1, offset=SECOND, pointer="/choices/0/finish_reason"), 60)
    assert line.startswith("…")
    assert '"finish_reason": null' in line


def test_a_byte_without_an_event_is_shown_in_its_line() -> None:
    body = b": one\n\n: two \xff bytes\n\ndata: x\n\n"
    assert excerpt(body, finding(offset=body.index(b"\xff")), 40) == [r": two \xff bytes"]


def test_all_lines_of_an_event_are_shown_up_to_a_limit() -> None:
    body = b"event: a\ndata: 1\ndata: 2\ndata: 3\ndata: 4\n\n"
    assert excerpt(body, finding(event=0, offset=0), 40) == ["event: a", "data: 1", "data: 2"][:MAX_LINES]


def test_line_ends_of_every_kind_end_lines() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        body = end.join([b"event: a", b"data: 1", b"", b"data: 2", b"", b""])
        assert excerpt(body, finding(event=0, offset=0), 40) == ["event: a", "data: 1"]


def test_no_place_no_bytes() -> None:
    assert excerpt(BODY, finding(), 60) == []
    assert excerpt(BODY, finding(offset=len(BODY)), 60) == []
    assert excerpt(b"", finding(offset=0), 60) == []


@given(st.binary(max_size=60), st.integers(0, 60), st.booleans(), st.integers(10, 50))
def test_no_body_breaks_it_and_no_line_is_too_wide(body: bytes, offset: int, event: bool, columns: int) -> None:
    found = finding(offset=offset, event=0 if event else None, pointer="/a")
    for line in excerpt(body, found, columns):
        assert width(line) <= columns
        assert "\x1b" not in line
