"""A payload is JSON for lenient readers only.

NaN and Infinity are no JSON numbers; a string that holds one half of a surrogate pair (`\\ud83d`) cannot be written as
UTF-8; of two members of one name readers keep the first, the last, or neither. JavaScript and Python read most of this,
Go, Rust and databases refuse it. A server that cuts text into UTF-16 units sends halves of emoji; one that sends the
probabilities of impossible tokens sends -Infinity.

Repeated names are looked for in a sample of each stream's payloads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from conformance.core.finding import Family, Level
from conformance.core.payload import FlawKind, duplicate_keys
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream, StreamEvent
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.odd import odd_events
from conformance.rules.sse.samples import CHAT

GOOD = (CHAT, CHAT.swap('"model":"gpt-x"', '"model": "gpt-x"'), CHAT.swap("Hel", "\\ud83d\\ude00 \\u00e9"))
BAD = (
    CHAT.swap('"Hel"', '"\\ud83d"'),
    CHAT.swap('"created":1700000000', '"x_score":NaN,"created":1700000000', 1),
    CHAT.swap('"model":"gpt-x"', '"model":"gpt-y","model":"gpt-x"', 1),
)

_LENIENT = frozenset({FlawKind.NOT_FINITE, FlawKind.LONE_SURROGATE, FlawKind.LENIENT, FlawKind.TOO_DEEP})


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("S20",),
    cite=(
        Cite(
            "https://www.rfc-editor.org/rfc/rfc8259#section-6",
            "Numeric values that cannot be represented in the grammar below (such as Infinity and NaN) are not "
            "permitted.",
        ),
        Cite("https://www.rfc-editor.org/rfc/rfc8259#section-4", "The names within an object SHOULD be unique."),
    ),
    breaks=(
        Breaks("hermes-agent (half of a surrogate pair)", "https://github.com/NousResearch/hermes-agent/pull/84281"),
        Breaks("sglang (-inf)", "https://github.com/sgl-project/sglang/issues/4097"),
    ),
    when=known_protocol,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for event in odd_events(stream):
        if event.flaw is not None and event.flaw.kind in _LENIENT and event.parsed is not None:
            yield Fault(event.flaw.message, event.index)
    for event in _sample(stream.events):
        if event.flaw is None and not _is_plain(stream.recording.body, event):
            for name in duplicate_keys(event.raw):
                yield Fault(f"the member {name!r} occurs twice in one object", event.index)


def _sample(events: list[StreamEvent]) -> list[StreamEvent]:
    """The first, the middle and the last two: the shapes that a stream has."""
    return events if len(events) <= 4 else [events[0], events[len(events) // 2], *events[-2:]]


def _is_plain(body: bytes, event: StreamEvent) -> bool:
    """True where writing the value again takes as many members: then none was lost."""
    return body.count(b'":', event.start, event.end) <= orjson.dumps(event.parsed).count(b'":')
