"""OpenAI Responses streams (`type: response.*`).

wire.py        the event kinds, as tables
grammar.py     the order of events, as tables
view.py        what the rules read
build.py       one pass over the events, into the view
accumulate.py  events to the final Response
traits.py      neutral facts
conditions.py  when a rule applies
rules/         one file per rule
script.py      writes streams, for samples and examples
samples.py     whole streams
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.core.grammar import Walk
from conformance.core.latency import Marks
from conformance.core.protocol import Protocol
from conformance.core.stream import Stream, StreamEvent

from .accumulate import accumulate
from .build import build
from .grammar import AUDIO, CHANNEL, COMMAND, ITEMS, OPAQUE, PART, RESPONSE
from .view import Item, ResponsesView

_READ = ("output_text", "refusal")
_THOUGHT = ("reasoning_text", "reasoning", "reasoning_summary_text")


def kind_of(name: str, data: object) -> str:
    """The event's `type`; without one `error` where it holds one, else its name; `invalid` where it is no JSON."""
    if type(data) is dict:
        kind = data.get("type")
        if type(kind) is str and kind:
            return kind
        return "error" if data.get("error") else name or "unknown"
    return "invalid" if data is None else "unknown"


def recognises(events: Sequence[StreamEvent]) -> bool:
    """True where an early event is one of a response: its `type` begins with `response.`."""
    return any(type(event.parsed) is dict and _is_response(event.name, event.parsed) for event in events)


def _is_response(name: str, data: dict[str, object]) -> bool:
    kind = data.get("type", name)
    return isinstance(kind, str) and kind.startswith("response.")


def order(stream: Stream[ResponsesView]) -> Iterator[Walk]:
    """The stream's way through its table, then each item's, and each part's and stream of deltas' in it."""
    view = stream.view
    yield RESPONSE.walk(view.symbols)
    for item in view.items.values():
        yield from _item_order(item)
    for name, symbols in view.audio.items():
        yield AUDIO.walk(symbols, name)


def _item_order(item: Item) -> Iterator[Walk]:
    name = item.name
    grammar = ITEMS.get(item.type or "")
    if grammar is None:
        known = ("added", "added whole", "done", "done unfinished")
        yield OPAQUE.walk([(event, word if word in known else "update") for event, word in item.symbols], name)
    else:
        yield grammar.walk(item.symbols, name)
    for part in item.parts.values():
        yield PART.walk(part.symbols, f"{name}, {part.name}")
    for text in item.texts.values():
        if not text.channel.parts:
            table = COMMAND if text.channel.name == "shell_call_command" else CHANNEL
            yield table.walk(text.symbols, f"{name}, {text.name}")


def marks(stream: Stream[ResponsesView]) -> Marks:
    """The events that the latency figures need."""
    view = stream.view
    messages = [item for item in view.items.values() if item.added and item.type == "message"]
    filled = [(text.channel.name, text.filled) for _, text in view.texts if text.filled is not None]
    terminal = view.terminal.event if view.terminal else None
    pings = "keepalive" in view.kinds
    idle = frozenset(event.index for event in stream.events if event.kind == "keepalive") if pings else frozenset()
    ends = {terminal, *view.done, *idle}
    return Marks(
        role=min((item.added[0][0] for item in messages), default=None),
        reasoning=min((event for name, event in filled if name in _THOUGHT), default=None),
        text=min((event for name, event in filled if name in _READ), default=None),
        tool=min((event for name, event in filled if name not in (*_READ, *_THOUGHT)), default=None),
        last_payload=next((event.index for event in reversed(stream.events) if event.index not in ends), None),
        terminal=terminal,
        idle=idle,
    )


def model_of(stream: Stream[ResponsesView]) -> str | None:
    """The first model that a snapshot names."""
    models = (snapshot.response.get("model") for snapshot in stream.view.snapshots)
    return next((model for model in models if isinstance(model, str) and model), None)


def text_of(event: StreamEvent) -> str:
    """The answer's text that one event adds."""
    if event.kind not in ("response.output_text.delta", "response.refusal.delta") or type(event.parsed) is not dict:
        return ""
    delta = event.parsed.get("delta")
    return delta if isinstance(delta, str) else ""


PROTOCOL: Protocol[ResponsesView] = Protocol(
    name="openai-responses",
    title="OpenAI Responses",
    docs="https://platform.openai.com/docs/api-reference/responses-streaming",
    kind_of=kind_of,
    index=build,
    recognises=recognises,
    marks=marks,
    path=re.compile(r"/responses(?:/resp[^/]*)?$"),
    sentinel=b"[DONE]",
    grammars=(RESPONSE, *ITEMS.values(), OPAQUE, PART, CHANNEL, COMMAND, AUDIO),
    order=order,
    accumulate=accumulate,
    model_of=model_of,
    text_of=text_of,
)
