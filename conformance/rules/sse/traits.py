"""Neutral facts about the wire format: what a stream does of what the standard leaves open."""

from __future__ import annotations

import re
from operator import attrgetter
from typing import Any

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait
from conformance.rules.sse.odd import odd_events

_FRAMING = (Evidence.FRAMING,)
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d[\d.:+TZ-]*")
_MOST_TEXTS = 5
_name_of = attrgetter("name")


def _how_many(count: int, total: int) -> str:
    return "none" if not count else "all" if count >= total else "some"


@trait("sse.line-endings", statements=("S04", "G03"), needs=_FRAMING)
def line_endings(stream: Stream[Any]) -> Value:
    """How lines end: `lf`, `crlf`, `cr`, or `mixed`."""
    facts = stream.facts
    used = [name for name in ("lf", "crlf", "cr") if getattr(facts, name)]
    return "mixed" if len(used) > 1 else used[0] if used else None


@trait("sse.byte-order-mark", statements=("S03",), needs=_FRAMING)
def byte_order_mark(stream: Stream[Any]) -> Value:
    """Whether the stream opens with EF BB BF."""
    return stream.facts.bom


@trait("sse.comments", statements=("S09", "S17"), needs=_FRAMING)
def comments(stream: Stream[Any]) -> Value:
    """Number of comment lines."""
    return len(stream.facts.comments)


@trait("sse.comment-texts", statements=("S17",), needs=_FRAMING)
def comment_texts(stream: Stream[Any]) -> Value:
    """The texts of the comments, each once, up to five; numbers, times and UUIDs are written as N."""
    texts = dict.fromkeys(_VARYING.sub("N", piece.text.strip())[:80] for piece in stream.facts.comments)
    return list(texts)[:_MOST_TEXTS] or None


@trait("sse.comment-placement", statements=("S17",), needs=_FRAMING)
def comment_placement(stream: Stream[Any]) -> Value:
    """Where comments stand: `before` the first event, `between` events, `after` the last, joined with `+`."""
    found, events = stream.facts.comments, stream.events
    if not found or not events:
        return None
    places = {
        "before": found[0].start <= events[0].start,
        "between": any(events[0].start < piece.start < events[-1].end for piece in found),
        "after": found[-1].start >= events[-1].end,
    }
    return "+".join(place for place, there in places.items() if there)


@trait("sse.event-lines", statements=("S13",), needs=_FRAMING)
def event_lines(stream: Stream[Any]) -> Value:
    """How many of the events have an `event` line: `none`, `some`, `all`."""
    return _how_many(sum(map(bool, map(_name_of, stream.events))), len(stream.events))


@trait("sse.data-before-event", statements=("S23",), needs=_FRAMING)
def data_before_event(stream: Stream[Any]) -> Value:
    """How many of the events have their `event` line behind their data: `none`, `some`, `all`."""
    return _how_many(stream.facts.data_before_event, len(stream.events))


@trait("sse.data-lines", statements=("S07", "S22"), needs=_FRAMING)
def data_lines(stream: Stream[Any]) -> Value:
    """The most `data` lines that one event has."""
    return max((event.data_lines for event in odd_events(stream)), default=1)


@trait("sse.ids", statements=("S14",), needs=_FRAMING)
def ids(stream: Stream[Any]) -> Value:
    """Number of `id` lines."""
    return len(stream.facts.ids) + len(stream.facts.ignored_ids)


@trait("sse.retries", statements=("S15",), needs=_FRAMING)
def retries(stream: Stream[Any]) -> Value:
    """Number of `retry` lines."""
    return len(stream.facts.retries)


@trait("sse.space-after-colon", statements=("S08", "S08b", "G04"), needs=_FRAMING)
def space_after_colon(stream: Stream[Any]) -> Value:
    """How many of the data lines have a space behind the colon: `none`, `some`, `all`."""
    without, total = stream.facts.no_space, len(stream.events)
    return "all" if not without else "some" if without < total else "none"


@trait("sse.json-padding", statements=("S21",))
def json_padding(stream: Stream[Any]) -> Value:
    """Whether JSON texts are padded with blanks before their last brace, as Anthropic does to hide their size."""
    body = stream.recording.body
    return any(body[event.end - 8 : event.end].rstrip(b"\r\n")[-2:] == b" }" for event in stream.events[:8])


@trait("terminal.followed-by", statements=("S31",))
def followed_by(stream: Stream[Any]) -> Value:
    """What stands behind the event that ends the answer: `nothing`, `comments`, `events`."""
    terminal = stream.marks.terminal
    if terminal is None or terminal >= len(stream.events):
        return None
    if terminal < len(stream.events) - 1:
        return "events"
    comments = stream.facts.comments
    return "comments" if comments and comments[-1].start >= stream.events[-1].end else "nothing"
