"""Laws of the SSE decoder: what WHATWG 9.2.6 dispatches, however the bytes are cut, in linear time, and never an error.

The cases are those of the web platform tests (`eventsource/format-*`) and of LaunchDarkly's sse-contract-tests.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings

from conformance.core.sse import SSEDecoder, SSEFacts, decode, is_retry, lines
from tests.strategies import any_bodies, cut_bodies, pieces, sse_bodies

Seen = tuple[str, str, str]
BOM = b"\xef\xbb\xbf"


def seen(events: Iterable[object]) -> list[Seen]:
    return [(event.type, event.data, event.last_event_id) for event in events]  # type: ignore[attr-defined]


def everything(chunks: Iterable[bytes]) -> tuple[object, ...]:
    """All that a decoder tells: events with their spans, and every fact."""
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.close()
    return tuple(_event(event) for event in events), facts_of(decoder.facts)


def _event(event: object) -> tuple[object, ...] | None:
    names = ("name", "raw", "last_event_id", "start", "end", "data_lines", "at")
    return None if event is None else tuple(getattr(event, name) for name in names)


def facts_of(facts: SSEFacts) -> dict[str, object]:
    found = {name: getattr(facts, name) for name in SSEFacts.__slots__}
    return {**found, "unterminated": _event(found["unterminated"])}


def reference(body: bytes) -> list[Seen]:
    """The standard's text, word for word and slowly: decode, split lines, process each (WHATWG 9.2.6)."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    *complete, _ = re.split("\r\n|\r|\n", text)  # what follows the last line end is no line
    data, event_type, last_id = "", "", ""
    events = []
    for line in complete:
        if line == "":
            if data != "":
                events.append((event_type or "message", data.removesuffix("\n"), last_id))
            data, event_type = "", ""
            continue
        if line.startswith(":"):
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            event_type = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            last_id = value
    return events


def messages(*data: str) -> list[Seen]:
    return [("message", text, "") for text in data]


LONG = b"x" * 2049
SEPARATORS = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg"

WPT: dict[str, tuple[bytes, list[Seen]]] = {
    "format-bom": (BOM + b"data:1\n\n\xef\xbb\xbfdata:2\n\ndata:3\n\n", messages("1", "3")),
    "format-bom-2": (BOM + BOM + b"data:1\n\ndata:2\n\ndata:3\n\n", messages("2", "3")),
    "format-comments": (
        b"data:1\r:\0\n:\r\ndata:2\n:" + LONG + b"\rdata:3\n:data:fail\r:" + LONG + b"\ndata:4\n\n",
        messages("1\n2\n3\n4"),
    ),
    "format-data-before-final-empty-line": (b"retry:1000\ndata:test1\n\nid:test\ndata:test2\n", messages("test1")),
    "format-field-data": (b"data:\n\ndata\ndata\n\ndata:test\n\n", messages("", "\n", "test")),
    "format-field-event": (b"event:test\ndata:x\n\ndata:x\n\n", [("test", "x", ""), ("message", "x", "")]),
    "format-field-event-empty": (b"event: \ndata:data\n\n", messages("data")),
    "format-field-id persists": (b"id: 1\ndata: 1\n\ndata:2\n\n", [("message", "1", "1"), ("message", "2", "1")]),
    "format-field-id changes": (
        b"id: 1\ndata: 1\n\nid: 2\ndata:2\n\ndata:3\n\n",
        [("message", "1", "1"), ("message", "2", "2"), ("message", "3", "2")],
    ),
    "format-field-id resets": (
        b"id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n",
        [("message", "1", "1"), ("message", "2", ""), ("message", "3", "")],
    ),
    "format-field-id resets without colon": (
        b"id: 1\ndata: 1\n\nid\ndata:2\n\n",
        [("message", "1", "1"), ("message", "2", "")],
    ),
    "format-field-id-null": (
        b"id: \0 \ndata: 1\n\nid: a\0\ndata: 2\n\nid: b\0c\ndata: 3\n\n",
        messages("1", "2", "3"),
    ),
    "format-field-id not ascii": ("id: …\ndata: hello\n\n".encode(), [("message", "hello", "…")]),
    "format-field-parsing": (
        b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n"
        b" data:32\ndata:4\n\n",
        messages("\0\n 2\n1\n3\n\n4"),
    ),
    "format-field-retry": (b"retry:3000\ndata:x\n\n", messages("x")),
    "format-field-retry-bogus": (b"retry:2000\nretry:1000x\ndata:x\n\n", messages("x")),
    "format-field-retry-empty": (b"retry:1000\nretry\ndata:test\n\n", messages("test")),
    "format-field-unknown": (
        b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
        messages("test\n\ntest"),
    ),
    "format-leading-space": (b"data:\ttest\rdata: \ndata:test\n\n", messages("\ttest\n\ntest")),
    "format-newlines": (b"data:test\r\ndata\ndata:test\r\n\r\n", messages("test\n\ntest")),
    "format-null-character": (b"data:\0\n\n", messages("\0")),
    "format-utf-8": ("data:ok…\n\n".encode(), messages("ok…")),
    "event-data": (b"data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n",
                   messages("msg\nmsg", "", "end")),
}  # fmt: skip

CONTRACT: dict[str, tuple[bytes, list[Seen]]] = {
    "one line": (b"data: Hello\n\n", messages("Hello")),
    "two one-line messages": (b"data: Hello\n\ndata: World\n\n", messages("Hello", "World")),
    "a two-line message": (b"data: Hello\ndata:World\n\n", messages("Hello\nWorld")),
    "empty data": (b"data:\n\n", messages("")),
    "type and id": (b"event: greeting\nid: abc\ndata: Hello\n\n", [("greeting", "Hello", "abc")]),
    "id with null": (b"id: a\x00bc\ndata: Hello\n\n", messages("Hello")),
    "reverse order": (b"data: Hello\nid: abc\nevent: greeting\n\n", [("greeting", "Hello", "abc")]),
    "unknown field": (b"event: greeting\ncolor: blue\ndata: Hello\n\n", [("greeting", "Hello", "")]),
    "no leading space": (b"event:greeting\ndata:Hello\n\n", [("greeting", "Hello", "")]),
    "extra leading space": (b"event:  greeting\ndata:  Hello\n\n", [(" greeting", " Hello", "")]),
    "no colon": (b"data\n\ndata\ndata\n\n", messages("", "\n")),
    "multi-byte characters": ("data: €豆腐\n\n".encode(), messages("€豆腐")),
    "many messages": (b"".join(b"data: %d\n\n" % n for n in range(100)), messages(*map(str, range(100)))),
    "bom, type and id": (BOM + b"event: greeting\nid: abc\ndata: Hello\n\n", [("greeting", "Hello", "abc")]),
    "bom in the data": (b"data: First\n\ndata: " + BOM + b"Second\n\n", messages("First", "\ufeffSecond")),
    "bom before and in the data": (BOM + b"data: " + BOM + b"Hello\n\n", messages("\ufeffHello")),
    "bom and two lines": (BOM + b"data: Line1\ndata: Line2\n\n", messages("Line1\nLine2")),
    "bom and comment": (BOM + b":comment\ndata: Hello\n\n", messages("Hello")),
    "bom and empty data": (BOM + b"data:\n\n", messages("")),
    "two bytes of a bom": (b"\xef\xbb", []),
    "bom alone": (BOM, []),
    "nothing": (b"", []),
}  # fmt: skip

LINE_ENDS: dict[str, tuple[bytes, list[Seen]]] = {
    "one line": (b"data: event 1||", messages("event 1")),
    "one and two lines": (b"data: 1||data: 2 a|data: 2 b||", messages("1", "2 a\n2 b")),
    "empty first line": (b"data:|data: line2|data: line3||", messages("\nline2\nline3")),
    "empty middle line": (b"data: line1|data:|data: line3||", messages("line1\n\nline3")),
    "an extra blank line": (b"data: 1|||data: 2||", messages("1", "2")),
    "two extra blank lines": (b"data: 1||||data: 2||", messages("1", "2")),
    "blank lines first": (b"||data: 1||", messages("1")),
    "named": (b"event: a|data: 1||event: b|data: 2||data: 3||", [("a", "1", ""), ("b", "2", ""), ("message", "3", "")]),
    "name after data": (b"data: 1|event: a||", [("a", "1", "")]),
    "name without data does not stick": (b"event: a||data: 1||", messages("1")),
    "empty name, then data": (b"event: |data: 1||event:|data: 2||", messages("1", "2")),
    "comment between name and data": (b"event: a|: c|data: 1||", [("a", "1", "")]),
    "a value with a colon": (b"data: a: b||event: a:b|data: c||", [("message", "a: b", ""), ("a:b", "c", "")]),
    "not UTF-8": (b"data: a\xffb\xe2\x82||data: \xf0\x9f||", messages("a\ufffdb\ufffd", "\ufffd")),
    "Unicode's line separators": (f"data: {SEPARATORS}||".encode(), messages(SEPARATORS)),
}  # fmt: skip

TABLE = [
    *((f"WPT {name}", *case) for name, case in WPT.items()),
    *((f"contract {name}", *case) for name, case in CONTRACT.items()),
    *(
        (f"{ending!r} {name}", body.replace(b"|", ending), expected)
        for name, (body, expected) in LINE_ENDS.items()
        for ending in (b"\n", b"\r\n", b"\r")
    ),
]

FEEDS: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda body: [body],
    "byte by byte": lambda body: [body[i : i + 1] for i in range(len(body))],
    "two by two": lambda body: [body[i : i + 2] for i in range(0, len(body), 2)],
    "with empty reads": lambda body: [piece for i in range(len(body)) for piece in (body[i : i + 1], b"")],
}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
@pytest.mark.parametrize(("body", "expected"), [case[1:] for case in TABLE], ids=[case[0] for case in TABLE])
def test_the_standards_cases_hold_in_every_feed(
    body: bytes, expected: list[Seen], feed: Callable[[bytes], list[bytes]]
) -> None:
    decoder = SSEDecoder()
    events = [event for chunk in feed(body) for event in decoder.feed(chunk)] + decoder.close()
    assert seen(events) == expected
    assert reference(body) == expected


def test_a_crlf_cut_between_its_bytes_is_one_line_end() -> None:
    chunks = [b"data: Hello\r", b"\ndata: World\r", b"\n\r\ndata: OK\r", b"\n", b"\r", b"\n"]
    decoder = SSEDecoder()
    assert seen(event for chunk in chunks for event in decoder.feed(chunk)) == messages("Hello\nWorld", "OK")
    assert decoder.facts.crlf == 5 and decoder.facts.cr == decoder.facts.lf == 0


@given(any_bodies)
@settings(max_examples=200)
def test_events_are_what_the_standard_dispatches(body: bytes) -> None:
    assert seen(decode(body)[0]) == reference(body)


@given(any_bodies)
def test_nothing_depends_on_where_the_bytes_were_cut(body: bytes) -> None:
    whole = everything([body])
    assert everything(body[i : i + 1] for i in range(len(body))) == whole
    for place in range(len(body) + 1):
        assert everything([body[:place], body[place:]]) == whole


@given(cut_bodies())
def test_many_cuts_and_empty_reads_change_nothing(chunks: list[bytes]) -> None:
    assert everything(chunks) == everything([b"".join(chunks)])


def test_the_large_case_is_the_same_at_every_cut() -> None:
    body = (
        b": c\r\n\r\n"
        + b'event: e\r\ndata: {"a":"\xc3\xa9"}\r\n\r\ndata:x\r\n\r\n\r\nid: 7\ndata: y\n\nretry: 5\r\rfoo\rdata: z'
    )
    whole = everything([body])
    for first in range(len(body) + 1):
        for second in range(first, len(body) + 1):
            assert everything(pieces(body, [first, second])) == whole


@given(any_bodies)
def test_spans_are_disjoint_and_hold_their_event(body: bytes) -> None:
    behind = 0
    for event in decode(body)[0]:
        assert behind <= event.start < event.end <= len(body)
        behind = event.end
        assert body[event.end - 1] in b"\r\n"
        again, _ = decode(b"\n" + body[event.start : event.end])  # the line end keeps a BOM there from being the first
        assert [(e.name, e.raw, e.data_lines) for e in again] == [(event.name, event.raw, event.data_lines)]


@given(any_bodies)
def test_lines_and_their_endings_make_up_the_body(body: bytes) -> None:
    found = list(lines(body))
    assert b"".join(body[line.start : line.end] + line.ending for line in found) == body
    assert all(line.ending in (b"\n", b"\r\n", b"\r") for line in found[:-1])
    facts = decode(body)[1]
    ends = [line.ending for line in lines(body.removeprefix(BOM))]
    assert (facts.lf, facts.crlf, facts.cr) == tuple(ends.count(ending) for ending in (b"\n", b"\r\n", b"\r"))


def test_lines_can_be_taken_from_a_part_of_the_body() -> None:
    assert [(line.start, line.end) for line in lines(b"aa\nbb\ncc", 3, 6)] == [(3, 5)]
    assert list(lines(b"")) == []


@given(sse_bodies())
def test_facts_name_bytes_that_are_there(body: bytes) -> None:
    facts = decode(body)[1]
    assert facts.bom == body.startswith(BOM)
    for comment in facts.comments:
        line = body[comment.start : comment.end].rstrip(b"\r\n")
        assert line[:1] == b":" and line[1:].decode("utf-8", "replace").removeprefix(" ") == comment.text
    for field, pieces_of in ((b"id", [*facts.ids, *facts.ignored_ids]), (b"retry", facts.retries)):
        for piece in pieces_of:
            assert body[piece.start : piece.end].startswith(field)
    for piece in facts.ignored_ids:
        assert "\0" in piece.text
    for block in facts.dataless:
        assert block.fields and "data" not in block.fields
        assert not decode(b"\n" + body[block.start : block.end])[0]


def facts(body: bytes) -> SSEFacts:
    return decode(body)[1]


def test_what_readers_ignore_is_a_fact() -> None:
    found = facts(b": hi\n:there\nfoo: bar\nINFRONAI PROCESSING\nData: x\nretry: 10\nid: 1\nid: a\0b\n\n\n\ndata:x\n\n")
    assert [(piece.start, piece.end, piece.text) for piece in found.comments] == [(0, 5, "hi"), (5, 12, "there")]
    assert [piece.text for piece in found.unknown] == ["foo:bar", "INFRONAI PROCESSING", "Data:x"]
    assert [piece.text for piece in found.retries] == ["10"]
    assert [piece.text for piece in found.ids] == ["1"]
    assert [piece.text for piece in found.ignored_ids] == ["a\0b"]
    assert found.blank_lines == 2
    assert [block.fields for block in found.dataless] == [
        ("?foo", "?INFRONAI PROCESSING", "?Data", "retry", "id", "id")
    ]
    assert (found.no_space, found.no_space_at) == (1, 76)  # `data:x`; `Data: x` is another field


@pytest.mark.parametrize(
    ("body", "dataless"),
    [
        (b"event: ping\n\n", 1),
        (b"retry: 10\n\n", 1),
        (b"id: 1\n\n", 1),
        (b": comment\n\n", 0),
        (b"foo\n\n", 0),
        (b"\n\n\n", 0),
        (b"event: a\ndata\n\n", 0),
        (b"event: a\n", 0),
    ],
)
def test_a_block_without_data_is_a_fact_unless_nobody_would_dispatch_it(body: bytes, dataless: int) -> None:
    assert len(facts(body).dataless) == dataless


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"data: a\n\ndata: b", (9, 16, b"b")),
        (b"data: a\n\ndata: b\n", (9, 17, b"b")),
        (b"data: a\n\ndata: b\r", (9, 17, b"b")),
        (b"event: a", (0, 8, b"")),
        (b"data: a\n\nda", (9, 11, b"")),
        (b"data: a\n\n: comment", None),
        (b"data: a\n\n\n", None),
        (b"data: a\n\n", None),
        (b"data: a\r\n\r", None),
        (b"", None),
    ],
)
def test_an_unfinished_last_block_is_discarded_and_kept_as_a_fact(
    body: bytes, left: tuple[int, int, bytes] | None
) -> None:
    found = facts(body).unterminated
    assert (None if found is None else (found.start, found.end, found.raw)) == left


def test_closing_twice_changes_nothing() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"data: a\n\n: c\nid: 7")
    assert decoder.close() == [] == decoder.close()
    assert len(decoder.facts.ids) == len(decoder.facts.comments) == 1


def test_a_name_behind_its_data_is_counted() -> None:
    assert facts(b"data: 1\nevent: a\n\nevent: a\ndata: 1\n\n").data_before_event == 1


def test_plain_is_what_every_reader_reads_alike() -> None:
    assert facts(b": c\n\nevent: a\ndata: 1\n\ndata:2\r\n\r\n").plain
    for odd in (BOM + b"data: 1\n\n", b"data: 1\r\r", b"event: a\n\n", b"id: 1\ndata: 1\n\n", b"retry: 1\ndata: 1\n\n",
                b"foo\ndata: 1\n\n", b"data: 1"):  # fmt: skip
        assert not facts(odd).plain


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("0", True), ("3000", True), ("", False), ("1000x", False), ("-1", False), ("+1", False), (" 1", False),
     ("1_0", False), ("1.5", False), ("٣", False), ("1\n", False)],
)  # fmt: skip
def test_a_retry_value_is_ascii_digits_only(value: str, accepted: bool) -> None:
    assert is_retry(value) is accepted


def test_events_can_be_made_of_ones_own_class() -> None:
    from conformance.core.stream import StreamEvent

    decoder = SSEDecoder(StreamEvent)
    events = [*decoder.feed(b"data: fast\n\ndata:slow\n\n"), *decoder.close()]
    assert [type(event) for event in events] == [StreamEvent, StreamEvent]


# Linear time


def growth(work: Callable[[int], object], small: int, factor: int = 4, tries: int = 20, enough: float = 8.0) -> float:
    """By how much the best processor time grows with an input `factor` times as large; tried again when disturbed."""
    best = [float("inf"), float("inf")]
    for _ in range(tries):
        for index, size in enumerate((small, small * factor)):
            begun = time.process_time()
            work(size)
            best[index] = min(best[index], time.process_time() - begun)
        if best[1] / best[0] < enough:
            break
    return best[1] / best[0]


PATHOLOGICAL: dict[str, Callable[[int], bytes]] = {
    "LF stream, CRLF CRLF at the far end": lambda n: b"data: %b\n\n" % LONG[:99] * n + b"\r\n\r\n",
    "CRLF stream, LF LF at the far end": lambda n: b"data: %b\r\n\r\n" % LONG[:99] * n + b"\n\n",
    "CR stream, CRLF CRLF at the far end": lambda n: b"data: %b\r\r" % LONG[:99] * n + b"data: y\r\n\r\n",
    "named LF stream, CRLF CRLF at the far end": lambda n: b"event: x\ndata: %b\n\n" % LONG[:99] * n + b"\r\n\r\n",
    "CRs": lambda n: b"\r" * n,
    "blank lines": lambda n: b"\n" * n,
    "CRLF blank lines": lambda n: b"\r\n" * n,
    "comments": lambda n: b": x\n" * n,
    "comments and blank lines": lambda n: b": x\n\n" * n,
    "one block of many data lines": lambda n: b"data: x\n" * n,
    "one long line": lambda n: b"data: " + b"x" * (200 * n),
    "one long line of colons": lambda n: b":" * (200 * n),
    "names without data": lambda n: b"event: x\n\n" * n,
}


@pytest.mark.parametrize("read", [None, 1024], ids=["at once", "in reads of 1 KiB"])
@pytest.mark.parametrize("make", PATHOLOGICAL.values(), ids=PATHOLOGICAL)
def test_time_grows_as_the_input_does(make: Callable[[int], bytes], read: int | None) -> None:
    bodies = {size: make(size) for size in (4_000, 16_000)}

    def work(size: int) -> None:
        body, decoder = bodies[size], SSEDecoder()
        for start in range(0, len(body), read or len(body)):
            decoder.feed(body[start : start + (read or len(body))])
        decoder.close()

    assert growth(work, 4_000) < 8  # linear 4, quadratic 16


def test_a_long_line_in_small_reads_is_joined_once() -> None:
    decoder, read = SSEDecoder(), b"x" * 1024
    decoder.feed(b"data: ")
    for _ in range(16 * 1024):
        assert decoder.feed(read) == []
    (event,) = decoder.feed(b"\n\n")
    assert len(event.raw) == 16 * 1024 * 1024
    assert (event.start, event.end) == (0, 16 * 1024 * 1024 + 8)
