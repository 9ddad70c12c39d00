"""OpenAI Chat Completions streams (`object: chat.completion.chunk`).

grammar.py     the order of events, as tables
view.py        one pass over the chunks: what the rules read; parts.py: one choice, one tool call
calls.py       which tool calls can be put together; logprobs.py: the tokens of a choice
conditions.py  when a rule applies
accumulate.py  chunks to the final chat.completion
traits.py      neutral facts, with traits_delta.py and traits_usage.py
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
from .grammar import CHOICE, STREAM
from .view import ChatView, build

_CHUNK_KEYS = frozenset({"choices", "object", "usage", "delta"})


def kind_of(name: str, data: object) -> str:
    """`chunk`, `error`, `invalid` (no JSON), or `unknown` (JSON that is neither a chunk nor an error)."""
    if type(data) is dict:
        if data.get("error"):
            return "error"
        return "chunk" if "choices" in data or not _CHUNK_KEYS.isdisjoint(data) else "unknown"
    return "invalid" if data is None else "unknown"


def recognises(events: Sequence[StreamEvent]) -> bool:
    """True where an early event is a chunk: by its `object`, or by choices that hold a delta."""
    return any(type(event.parsed) is dict and _is_chunk(event.parsed) for event in events)


def _is_chunk(data: dict[str, object]) -> bool:
    if str(data.get("object", "")).startswith("chat."):
        return True
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and "delta" in first and "text" not in first


def order(stream: Stream[ChatView]) -> Iterator[Walk]:
    """The stream's way through its table, then each choice's through its own."""
    view = stream.view
    yield STREAM.walk(view.symbols)
    for choice in view.choices.values():
        yield CHOICE.walk(choice.symbols, f"choice {choice.index}")


def marks(stream: Stream[ChatView]) -> Marks:
    """The events that the latency figures need."""
    view = stream.view
    choices = view.choices.values()
    arguments = (event for c in choices for call in c.calls.values() for event, text in call.arguments if text)
    return Marks(
        role=min((c.roles[0][0] for c in choices if c.roles), default=None),
        reasoning=min((c.reasoning[0][0] for c in choices if c.reasoning), default=None),
        text=min((c.content[0][0] for c in choices if c.content), default=None),
        tool=min(arguments, default=None),
        last_payload=max(
            (index for index, kind in ((e.index, e.kind) for e in stream.events[-4:]) if kind != "[DONE]"), default=None
        ),
        terminal=view.done[0] if view.done else None,
    )


def model_of(stream: Stream[ChatView]) -> str | None:
    """The first model that a chunk names."""
    return next((model for model in stream.view.models if isinstance(model, str) and model), None)


def text_of(event: StreamEvent) -> str:
    """The answer's text that one chunk adds for choice 0."""
    try:
        text = event.parsed["choices"][0]["delta"]["content"]
    except (KeyError, IndexError, TypeError):
        return ""
    return text if isinstance(text, str) else ""


PROTOCOL: Protocol[ChatView] = Protocol(
    name="openai-chat",
    title="OpenAI Chat Completions",
    docs="https://platform.openai.com/docs/api-reference/chat-streaming",
    kind_of=kind_of,
    index=build,
    recognises=recognises,
    marks=marks,
    path=re.compile(r"/chat/completions(?:$|\?)"),
    sentinel=b"[DONE]",
    grammars=(STREAM, CHOICE),
    order=order,
    accumulate=accumulate,
    model_of=model_of,
    text_of=text_of,
)
