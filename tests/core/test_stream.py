"""Laws of streams: decoded once, each event with its place, its time and its meaning, whatever the body is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.core.grammar import Grammar, Walk
from conformance.core.payload import FlawKind
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.core.schema import SchemaSet
from conformance.core.sse import decode
from conformance.core.stream import Stream
from conformance.core.trait import trait
from tests.strategies import any_bodies, timed

SSE = Headers([("Content-Type", "text/event-stream; charset=utf-8")])
BODY = b': c\n\nevent: a\ndata: {"x":1}\n\ndata: [DONE]\n\ndata: {\n\n'


def stream(body: bytes = BODY, headers: Headers = SSE, **changes: object) -> Stream[None]:
    return Stream(Recording(headers=headers, body=body, **changes), UNKNOWN)  # type: ignore[arg-type]


def test_events_carry_what_they_mean() -> None:
    first, second, third = stream().events
    assert (first.index, first.kind, first.parsed, first.flaw, first.name) == (0, "a", {"x": 1}, None, "a")
    assert (second.index, second.kind, second.parsed, second.flaw) == (1, "[DONE]", None, None)
    assert (third.index, third.kind, third.parsed) == (2, "message", None)
    assert third.flaw is not None and third.flaw.kind is FlawKind.NOT_JSON
    assert (first.start, first.end, first.at) == (5, 29, None)


def test_the_sentinel_is_exact() -> None:
    kinds = [event.kind for event in stream(b"data:[DONE]\n\ndata: [DONE] \n\ndata:  [DONE]\n\n").events]
    assert kinds == ["[DONE]", "message", "message"]
    bare = Stream(stream().recording, replace(UNKNOWN, sentinel=None))
    assert bare.events[1].flaw is not None


SNIFFED: dict[str, tuple[str, bytes, bool]] = {
    "its media type": ("text/event-stream", b"data: x\n\n", True),
    "its media type in capitals": ("TEXT/EVENT-STREAM", b"data: x\n\n", True),
    "nothing but its media type": ("text/event-stream", b"", True),
    "unknown words under its media type": ("text/event-stream", b"hello\n\n", True),
    "JSON under its media type": ("text/event-stream", b'{"error":{}}', False),
    "JSON behind blanks under its media type": ("text/event-stream", b'\n\r\n  {"error":{}}', False),
    "JSON behind a BOM under its media type": ("text/event-stream", b"\xef\xbb\xbf{}", False),
    "a list under its media type": ("text/event-stream", b"[1]", False),
    "HTML under its media type": ("text/event-stream", b"<html>", False),
    "JSON": ("application/json", b'{"error":{}}', False),
    "HTML": ("text/html", b"<html>", False),
    "nothing": ("", b"", False),
    "data under another media type": ("application/json", b"data: x\n\n", True),
    "data without a media type": ("", b"data:x\n\n", True),
    "an event": ("text/plain", b"event: x\ndata: x\n\n", True),
    "a comment": ("text/plain", b": PROCESSING\n\ndata: x\n\n", True),
    "an id": ("text/plain", b"id: 1\n", True),
    "a retry": ("text/plain", b"retry: 1\n", True),
    "a leading newline": ("text/plain", b"\ndata: x\n\n", True),
    "leading CRLFs": ("text/plain", b"\r\n\r\ndata: x\r\n\r\n", True),
    "a BOM": ("text/plain", b"\xef\xbb\xbfdata: x\n\n", True),
    "a BOM and a newline": ("text/plain", b"\xef\xbb\xbf\n: x\n\n", True),
    "a word that begins alike": ("text/plain", b"database", False),
    "prose": ("text/plain", b"Internal Server Error", False),
}


@pytest.mark.parametrize(("media_type", "body", "expected"), SNIFFED.values(), ids=SNIFFED)
def test_a_stream_is_known_by_its_media_type_or_its_first_bytes(media_type: str, body: bytes, expected: bool) -> None:
    headers = Headers([("content-type", media_type)] if media_type else [])
    found = stream(body, headers)
    assert found.is_event_stream is expected
    assert bool(found.events) is (expected and bool(decode(body)[0]))


@pytest.mark.parametrize(
    ("status", "succeeded"), [(200, True), (204, True), (299, True), (199, False), (300, False), (500, False)]
)
def test_success_is_2xx(status: int, succeeded: bool) -> None:
    assert stream(status=status).succeeded is succeeded


@pytest.mark.parametrize(
    ("end", "incomplete", "cut"),
    [
        (End(), None, None),
        (End(EndKind.TRUNCATED), None, "truncated"),
        (End(EndKind.RESET), None, "reset"),
        (End(EndKind.CANCELLED, by="client"), "the client ended the stream (cancelled)", None),
        (End(EndKind.TIMEOUT), "the client ended the stream (timeout)", None),
        (End(EndKind.EOF, by="recorder"), "the recorder was stopped", None),
        (End(EndKind.TRUNCATED, by="recorder"), "the recorder was stopped", None),
    ],
)
def test_who_ended_it_decides_what_its_end_says(end: End, incomplete: str | None, cut: str | None) -> None:
    assert (stream(end=end).incomplete, stream(end=end).cut) == (incomplete, cut)


def test_what_was_asked_is_the_requests_json() -> None:
    assert stream(request=Request(body=b'{"n":2}')).asked == {"n": 2}
    assert stream().asked == {}


# Times


@st.composite
def timed_recordings(draw: st.DrawFn) -> Recording:
    body = draw(any_bodies)
    places = sorted(draw(st.lists(st.integers(0, len(body)), max_size=5)))
    edges = [0, *places, len(body)]
    return timed(Recording(headers=SSE, body=body), [b - a for a, b in pairwise(edges)])


@given(timed_recordings())
def test_a_byte_arrives_with_the_read_that_brings_it_and_an_event_with_its_last_byte(recording: Recording) -> None:
    found = Stream(recording, UNKNOWN)
    brought = [read.at for read in recording.reads for _ in range(read.size)]
    assert [found.arrival(offset) for offset in range(len(recording.body))] == brought
    assert found.arrival(len(recording.body)) is None
    assert [event.at for event in found.events] == [brought[event.end - 1] for event in found.events]


@given(timed_recordings())
def test_events_do_not_depend_on_reads(recording: Recording) -> None:
    names = ("index", "kind", "parsed", "name", "raw", "start", "end", "data_lines", "last_event_id")
    bare = Stream(replace(recording, reads=()), UNKNOWN)
    seen = [tuple(repr(getattr(event, name)) for name in names) for event in Stream(recording, UNKNOWN).events]
    assert seen == [tuple(repr(getattr(event, name)) for name in names) for event in bare.events]
    assert all(event.at is None for event in bare.events)


@given(any_bodies)
@example(b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\ndata: 2\n\n")
@example(b"data: 0\n\n\xef\xbb\xbfdata: 1\ndata: 2\n\n")
def test_the_events_are_those_of_the_decoder(body: bytes) -> None:
    found = stream(body)
    if found.is_event_stream:
        names = ("name", "raw", "data", "start", "end", "data_lines", "last_event_id")
        one, other = ([tuple(getattr(e, name) for name in names) for e in es] for es in (found.events, decode(body)[0]))
        assert one == other


def test_without_timing_nothing_has_a_time() -> None:
    untimed = timed(Recording(headers=SSE, body=BODY), [len(BODY)])
    found = Stream(replace(untimed, missing=frozenset({Evidence.TIMING})), UNKNOWN)
    assert found.arrival(0) is None and all(event.at is None for event in found.events)


def test_reads_that_bring_less_than_the_body_leave_the_rest_untimed() -> None:
    found = Stream(Recording(headers=SSE, body=BODY, reads=(Read(1.0, 31),)), UNKNOWN)
    assert [event.at for event in found.events] == [1.0, None, None]
    assert found.arrival(30) == 1.0 and found.arrival(31) is None


def test_empty_reads_bring_nothing() -> None:
    reads = (Read(1.0, 0), Read(2.0, 30), Read(3.0, 0), Read(4.0, len(BODY) - 30))
    found = Stream(Recording(headers=SSE, body=BODY, reads=reads), UNKNOWN)
    assert [event.at for event in found.events] == [2.0, 4.0, 4.0]
    assert found.arrival(0) == 2.0 and found.arrival(30) == 4.0


@pytest.mark.parametrize(
    ("body", "offset"),
    [(b"data: x\n\n", None), ("data: é\n\n".encode(), None), (b"data: \xff\n\n", 6), (b"data: \xe2\x82\n\n", 6),
     (b"a\xe2", 1)],
)  # fmt: skip
def test_the_first_byte_that_is_not_utf8(body: bytes, offset: int | None) -> None:
    assert stream(body).first_not_utf8 == offset


# What the protocol makes of it

SCHEMAS = SchemaSet(
    {"a.json": {"$id": "https://example.com/a.json", "required": ["y"],
                "properties": {"x": {"const": 1, "x-fault": "wrong-x"}}}},
    {"a": "a.json"},
)  # fmt: skip
ORDER = Grammar("order", "start", {"start": {"a": "go"}, "go": {}}, frozenset({"go"}), {("go", "a"): "twice"})


def order(stream: Stream[Any]) -> Iterator[Walk]:
    yield ORDER.walk(((event.index, event.kind) for event in stream.events), "choice 0")


JUDGED = replace(UNKNOWN, schemas=SCHEMAS, grammars=(ORDER,), order=order, index=lambda stream: len(stream.events))


def test_schema_failures_go_to_the_rule_that_speaks_for_them() -> None:
    body = b'event: a\ndata: {"x":2}\n\nevent: a\ndata: {"y":1}\n\nevent: b\ndata: {}\n\nevent: a\ndata: {\n\n'
    found = Stream(Recording(headers=SSE, body=body), JUDGED)
    assert [(fault.message, fault.event, fault.pointer) for fault in found.shape_faults("wrong-x")] == [
        ("1 was expected at /x (a)", 0, "/x")
    ]
    assert [(fault.message, fault.event) for fault in found.shape_faults("event-shape")] == [
        ("'y' is a required property (a)", 0)
    ]
    assert list(found.shape_faults("another")) == []


def test_missteps_go_to_the_rule_that_speaks_for_them() -> None:
    body = b"event: a\ndata: 1\n\nevent: a\ndata: 1\n\nevent: b\ndata: 1\n\n"
    found = Stream(Recording(headers=SSE, body=body), JUDGED)
    assert [(fault.message, fault.event) for fault in found.order_faults("twice")] == [
        ("choice 0: a after go, expected nothing", 1)
    ]
    assert [(fault.message, fault.event) for fault in found.order_faults("event-order")] == [
        ("choice 0: b after go, expected nothing", 2)
    ]


def test_the_view_is_built_once() -> None:
    built = []
    protocol = replace(UNKNOWN, index=built.append)
    found = Stream(stream().recording, protocol)
    assert built == []
    assert found.view is found.view is None and built == [found]


def test_deep_payloads_and_half_surrogates_are_judged_like_others() -> None:
    deep = b"[" * 600 + b"]" * 600
    body = b'event: a\ndata: {"z":' + deep + b'}\n\nevent: a\ndata: {"x":"\\ud83d"}\n\n'
    found = Stream(Recording(headers=SSE, body=body), JUDGED)
    assert [fault.event for fault in found.shape_faults("event-shape")] == [0, 1]
    assert [fault.event for fault in found.shape_faults("wrong-x")] == [1]


@trait("seen.events")
def seen_events(stream: Stream[Any]) -> int:
    return len(stream.events)


@trait("seen.nothing")
def seen_nothing(stream: Stream[Any]) -> None:
    return None


@trait("seen.times", needs=(Evidence.TIMING,))
def seen_times(stream: Stream[Any]) -> bool:
    return stream.events[0].at is not None


TRAITED = replace(UNKNOWN, traits=(seen_events, seen_nothing, seen_times))


def test_traits_show_only_what_the_recording_holds() -> None:
    bare = replace(stream().recording, missing=frozenset({Evidence.TIMING}))
    assert Stream(bare, TRAITED).traits == {"seen.events": 3}
    assert Stream(timed(bare, [len(BODY)]), TRAITED).traits == {"seen.events": 3, "seen.times": True}
    assert Stream(replace(bare, body=b""), TRAITED).traits == {}


@given(any_bodies)
def test_no_body_raises(body: bytes) -> None:
    for headers in (SSE, Headers()):
        found = stream(body, headers)
        assert [event.index for event in found.events] == list(range(len(found.events)))
        assert isinstance(found.traits, dict) and found.latency is not None
