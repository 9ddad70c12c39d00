"""OpenAI legacy completions streams (`object: text_completion`).

grammar.py     the order of events, as tables
view.py        one pass over the chunks: what the rules read
accumulate.py  chunks to the final text_completion
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
from .grammar import CHOICE, STREAM
from .view import CompletionsView, build, text_of


def kind_of(name: str, data: object) -> str:
    """`chunk`, `error`, `invalid` (no JSON), or `unknown` (JSON that is neither a chunk nor an error)."""
    if type(data) is dict:
        if data.get("error"):
            return "error"
        return "chunk" if "choices" in data or "usage" in data else "unknown"
    return "invalid" if data is None else "unknown"


def recognises(events: Sequence[StreamEvent]) -> bool:
    """True where an early event is a text completion: by its object, or by choices that hold text."""
    return any(type(event.parsed) is dict and _is_chunk(event.parsed) for event in events)


def _is_chunk(data: dict[str, object]) -> bool:
    if data.get("object") == "text_completion":
        return True
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and "text" in first and not str(data.get("object", "")).startswith("chat.")


def order(stream: Stream[CompletionsView]) -> Iterator[Walk]:
    """The stream's way through its table, then each choice's through its own."""
    yield STREAM.walk(stream.view.symbols)
    for choice in stream.view.choices.values():
        yield CHOICE.walk(choice.symbols, f"choice {choice.index}")


def marks(stream: Stream[CompletionsView]) -> Marks:
    """The events that the latency figures need."""
    view = stream.view
    return Marks(
        text=min((choice.texts[0][0] for choice in view.choices.values() if choice.texts), default=None),
        last_payload=max((*view.chunks[-1:], *view.errors[-1:]), default=None),
        terminal=view.done[0] if view.done else None,
    )


def model_of(stream: Stream[CompletionsView]) -> str | None:
    """The first model that a chunk names."""
    return next((model for model in stream.view.models if model), None)


PROTOCOL: Protocol[CompletionsView] = Protocol(
    name="openai-completions",
    title="OpenAI legacy Completions",
    docs="https://platform.openai.com/docs/api-reference/completions",
    kind_of=kind_of,
    index=build,
    recognises=recognises,
    marks=marks,
    path=re.compile(r"(?<!/chat)/completions$"),
    sentinel=b"[DONE]",
    grammars=(STREAM, CHOICE),
    order=order,
    accumulate=accumulate,
    model_of=model_of,
    text_of=text_of,
)
