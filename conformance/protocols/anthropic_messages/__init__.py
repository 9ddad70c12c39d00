"""Anthropic Messages streams (`message_start` to `message_stop`).

grammar.py     the order of events, as tables
view.py        one pass over the events: what the rules read
accumulate.py  events to the final Message
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
from .view import KINDS, TOOLS, Block, MessagesView, build, text_of

_OWN = KINDS - {"ping", "error"}


def kind_of(name: str, data: object) -> str:
    """The event's type, `unknown` for one that the protocol does not know, `invalid` for what is no JSON."""
    if type(data) is dict:
        kind = data.get("type", name)
        if type(kind) is str and kind in KINDS:
            return kind
        return "error" if "error" in data and kind is name else "unknown"
    return "invalid" if data is None else "unknown"


def recognises(events: Sequence[StreamEvent]) -> bool:
    """True where an early event has a type that only this protocol has."""
    types = {str(event.parsed.get("type")) for event in events if type(event.parsed) is dict}
    return not _OWN.isdisjoint(kind for kind in types if isinstance(kind, str))


def order(stream: Stream[MessagesView]) -> Iterator[Walk]:
    """The message's way through its table, then each block's through its own."""
    view = stream.view
    yield MESSAGE.walk(view.symbols)
    for block in view.blocks:
        yield BLOCK.walk(block.symbols, f"block {block.index}")


def marks(stream: Stream[MessagesView]) -> Marks:
    """The events that the latency figures need; pings carry no payload."""
    view = stream.view
    blocks = view.blocks
    payload = [message.deltas[-1][0] for message in view.messages if message.deltas]
    payload += [block.stopped for block in blocks if block.stopped is not None]
    return Marks(
        role=view.starts[0] if view.starts else None,
        reasoning=_first(blocks, ("thinking",)),
        text=_first(blocks, ("text",)),
        tool=_first(blocks, TOOLS),
        last_payload=max(payload, default=None),
        terminal=next((message.stop for message in view.messages if message.stop is not None), None),
        idle=frozenset(view.pings),
    )


def _first(blocks: list[Block], types: Sequence[str] | frozenset[str]) -> int | None:
    """The first event that brings a piece which is not empty to a block of these types."""
    found = (event for block in blocks if block.type in types for event, piece in block.pieces if piece)
    return min(found, default=None)


def model_of(stream: Stream[MessagesView]) -> str | None:
    """The model that message_start names."""
    names = (message.start.get("model") for message in stream.view.messages)
    return next((name for name in names if isinstance(name, str) and name), None)


PROTOCOL: Protocol[MessagesView] = Protocol(
    name="anthropic-messages",
    title="Anthropic Messages",
    docs="https://platform.claude.com/docs/en/build-with-claude/streaming",
    kind_of=kind_of,
    index=build,
    recognises=recognises,
    marks=marks,
    path=re.compile(r"/messages$|:streamRawPredict$"),
    sentinel=b"[DONE]",
    grammars=(MESSAGE, BLOCK),
    order=order,
    accumulate=accumulate,
    model_of=model_of,
    text_of=text_of,
)
