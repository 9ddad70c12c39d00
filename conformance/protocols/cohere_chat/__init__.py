"""Cohere chat streams, native v2 (`message-start` to `message-end`).

grammar.py     the order of events, as tables
view.py        one pass over the events: what the rules read
accumulate.py  events to the final response
traits.py      neutral facts
rules/         one file per rule
samples.py     streams for the rules' examples
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.core.grammar import Walk
from conformance.core.latency import Marks
from conformance.core.protocol import Protocol
from conformance.core.stream import Stream, StreamEvent

from .accumulate import accumulate
from .grammar import BLOCK, MESSAGE
from .view import KINDS, CohereView, build, text_of


def kind_of(name: str, data: object) -> str:
    """The event's type, `unknown` for one that the protocol does not know, `invalid` for what is no JSON."""
    if type(data) is dict:
        kind = data.get("type")
        return kind if type(kind) is str and kind in KINDS else "unknown"
    return "invalid" if data is None else "unknown"


def recognises(events: Sequence[StreamEvent]) -> bool:
    """True where an early event has a type that only this protocol has."""
    return any(type(event.parsed) is dict and str(event.parsed.get("type")) in _OWN for event in events)


_OWN = KINDS - {"debug"}


def order(stream: Stream[CohereView]) -> Iterator[Walk]:
    """The message's way through its table, then each block's through its own."""
    yield MESSAGE.walk(stream.view.symbols)
    for block in stream.view.blocks.values():
        yield BLOCK.walk(block.symbols, f"{block.family} {block.index}")


def marks(stream: Stream[CohereView]) -> Marks:
    """The events that the latency figures need."""
    view = stream.view
    return Marks(
        role=view.starts[0] if view.starts else None,
        reasoning=_first(view, "content", "thinking"),
        text=_first(view, "content", "text"),
        tool=_first(view, "tool-call", "text"),
        last_payload=max((block.last for block in view.blocks.values()), default=None),
        terminal=view.ends[0][0] if view.ends else None,
    )


def _first(view: CohereView, family: str, key: str) -> int | None:
    """The first event that brings a piece which is not empty to a block of this family and kind."""
    blocks = (block for block in view.blocks.values() if block.family == family and block.text_key == key)
    return min((event for block in blocks for event, piece in block.pieces if piece), default=None)


PROTOCOL: Protocol[CohereView] = Protocol(
    name="cohere-chat",
    title="Cohere Chat v2",
    docs="https://docs.cohere.com/v2/docs/streaming",
    kind_of=kind_of,
    index=build,
    recognises=recognises,
    marks=marks,
    path=re.compile(r"/v2/chat$"),
    sentinel=b"[DONE]",
    grammars=(MESSAGE, BLOCK),
    order=order,
    accumulate=accumulate,
    text_of=text_of,
)
