"""Differential: our decoder against httpx-sse, the mainstream client's view of the same bytes.

Law: every difference has a name and is strict: once httpx-sse agrees with the standard, the test of that name fails and
is deleted. Everything else is equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conformance.core.sse import SSEDecoder, decode
from tests.strategies import cut_bodies, pieces, sse_bodies

Seen = tuple[str, str, str]


class Pieces(httpx.SyncByteStream):
    """A response body that comes in given pieces."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)


def theirs(*chunks: bytes) -> list[Seen]:
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Pieces(list(chunks)))
    return [(event.event, event.data, event.id) for event in EventSource(response).iter_sse()]


def ours(*chunks: bytes) -> list[Seen]:
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.close()
    return [(event.type, event.data, event.last_event_id) for event in events]


DIFFERENCES: dict[str, tuple[bytes, list[Seen], list[Seen]]] = {
    "it dispatches a block that has a name and no data": (
        b"event: ping\n\ndata: x\n\n",
        [("message", "x", "")],
        [("ping", "", ""), ("message", "x", "")],
    ),
    "it dispatches a block that has a retry and no data": (b"retry: 10\n\n", [], [("message", "", "")]),
    "it dispatches a block that has an id and no data": (b"id: 1\n\n", [], [("message", "", "1")]),
    "after an id every further blank line is an event": (
        b"id: 1\ndata: x\n\n\n\n",
        [("message", "x", "1")],
        [("message", "x", "1"), ("message", "", "1"), ("message", "", "1")],
    ),
    "after an id every comment block is an event": (
        b"id: 1\ndata: x\n\n: keep-alive\n\n",
        [("message", "x", "1")],
        [("message", "x", "1"), ("message", "", "1")],
    ),
    "a byte order mark hides the first field": (
        b"\xef\xbb\xbfdata: x\n\ndata: y\n\n",
        [("message", "x", ""), ("message", "y", "")],
        [("message", "y", "")],
    ),
}
SAME: dict[str, tuple[bytes, list[Seen]]] = {
    "U+2028 and U+0085 end no line": ("data: a\u2028b\u0085c\n\n".encode(), [("message", "a\u2028b\u0085c", "")]),
    "a lone CR ends a line": (b"data: a\rdata: b\r\rdata: c\r\r", [("message", "a\nb", ""), ("message", "c", "")]),
    "an unterminated last event is discarded": (b"data: a\n\ndata: b\n", [("message", "a", "")]),
    "an id that holds NUL is ignored": (b"id: a\0b\ndata: x\n\n", [("message", "x", "")]),
    "an id sticks": (b"id: 1\ndata: x\n\ndata: y\n\n", [("message", "x", "1"), ("message", "y", "1")]),
    "empty data is an event": (b"data\n\n", [("message", "", "")]),
    "bytes that are not UTF-8 become U+FFFD": (b"data: \xff\xe2\x82\n\n", [("message", "\ufffd\ufffd", "")]),
}


@pytest.mark.parametrize(("body", "standard", "client"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_known_difference(body: bytes, standard: list[Seen], client: list[Seen]) -> None:
    assert ours(body) == standard
    assert theirs(body) == client
    assert standard != client


@pytest.mark.parametrize(("body", "expected"), SAME.values(), ids=SAME)
def test_known_agreement(body: bytes, expected: list[Seen]) -> None:
    assert ours(body) == theirs(body) == expected


@pytest.mark.parametrize("value", ["+5", " 5 ", "1_000", "-1"])
def test_known_difference_it_takes_a_retry_that_is_not_only_digits(value: str) -> None:
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, text=f"retry:{value}\ndata: x\n\n")
    (event,) = EventSource(response).iter_sse()
    assert event.retry == int(value)
    from conformance.core.sse import is_retry

    (piece,) = decode(f"retry:{value}\ndata: x\n\n".encode())[1].retries
    assert not is_retry(piece.text)


def undisturbed(body: bytes) -> bool:
    """True where none of the known differences is at work: no BOM, and every blank line dispatches an event."""
    events, facts = decode(body)
    text = body.decode("utf-8", "replace")
    blank_lines = len([line for line in re.split("\r\n|\r|\n", text)[:-1] if line == ""])
    return not facts.bom and not facts.dataless and (not facts.ids or blank_lines == len(events))


useful_lines = st.sampled_from(
    [b"data: x", b"data:y", b"data", b"event: e", b"event:", b"id: 1", b"id", b"id: \0", b": c", b"foo: bar",
     b"Data: z", b"data: \xe2\x80\xa8", b"data: \xff", b"data: \xe2\x82", b"retry: 5", b"data: \xc2\x85"]
)  # fmt: skip
useful_bodies = sse_bodies(useful_lines)


@given(useful_bodies)
@settings(max_examples=100)
def test_everything_else_is_equal(body: bytes) -> None:
    assume(undisturbed(body))
    assert ours(body) == theirs(body)


@given(cut_bodies(useful_bodies))
def test_everything_else_is_equal_however_it_is_cut(chunks: list[bytes]) -> None:
    assume(undisturbed(b"".join(chunks)))
    assert ours(*chunks) == theirs(*chunks)


plain_blocks = st.builds(
    lambda before, data, after: [*before, *data, *after, b""],
    st.lists(st.sampled_from([b"event: e", b": c", b"event: e f", b""]), max_size=2),
    st.lists(
        st.sampled_from([b"data: x", b"data:y", b"data", b"data: \xc2\x85", b"data: \xff"]), min_size=1, max_size=3
    ),
    st.lists(st.sampled_from([b"event:late", b":"]), max_size=1),
)
plain_bodies = st.builds(
    lambda blocks, ending: b"".join(line + ending for block in blocks for line in block),
    st.lists(plain_blocks, max_size=4),
    st.sampled_from([b"\n", b"\r\n"]),
)


@given(plain_bodies)
def test_a_plain_stream_is_the_same_to_both(body: bytes) -> None:
    assume(decode(body)[1].plain)
    assert ours(body) == theirs(body)


def test_both_read_the_same_at_every_cut() -> None:
    body = "event: e\r\ndata: é\r\ndata: €\r\n\r\n: c\r\rdata: x\r\n\r\n\ndata: y\r\r".encode()
    whole = ours(body)
    assert len(whole) == 3
    for place in range(len(body) + 1):
        assert ours(*pieces(body, [place])) == theirs(*pieces(body, [place])) == whole
