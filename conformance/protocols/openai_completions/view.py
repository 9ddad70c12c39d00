"""The view that rules of legacy completions read: one pass over the chunks, indexed by choice.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.core.stream import Stream, StreamEvent


@dataclass(slots=True)
class Choice:
    """One choice index: (event, value) pairs of what its chunks brought."""

    index: int
    first: int
    last: int = 0
    texts: list[tuple[int, str]] = field(default_factory=list)
    finishes: list[tuple[int, object]] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)

    def did(self, event: int, symbol: str) -> None:
        """Notes what a chunk did; text in a row is noted once."""
        if symbol == "finish" or not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


@dataclass(slots=True)
class CompletionsView:
    """All chunks of one stream. `ids` and `models` map each value to its first event."""

    chunks: list[int] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    choices: dict[int, Choice] = field(default_factory=dict)
    usages: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)


def build(stream: Stream[CompletionsView]) -> CompletionsView:
    """The view of a stream."""
    view = CompletionsView()
    for event in stream.events:
        index, kind = event.index, event.kind
        if kind == "chunk":
            _chunk(view, index, event.parsed)
        elif kind == "error":
            view.errors.append(index)
        elif kind == "[DONE]":
            view.done.append(index)
        if kind != "chunk" or not view.symbols or view.symbols[-1][1] != kind:
            view.symbols.append((index, kind))
    return view


def _chunk(view: CompletionsView, event: int, data: dict[str, Any]) -> None:
    view.chunks.append(event)
    for seen, key in ((view.ids, "id"), (view.models, "model")):
        value = data.get(key)
        if type(value) is str:
            seen.setdefault(value, event)
    if type(data.get("usage")) is dict:
        view.usages.append((event, data["usage"]))
    choices = data.get("choices")
    for item in choices if type(choices) is list else ():
        if type(item) is dict:
            _choice(view, event, item)


def _choice(view: CompletionsView, event: int, item: dict[str, Any]) -> None:
    index = item.get("index")
    index = index if type(index) is int else 0
    choice = view.choices.get(index)
    if choice is None:
        choice = view.choices[index] = Choice(index, event)
    choice.last = event
    text, finish = item.get("text"), item.get("finish_reason")
    if text and type(text) is str:
        choice.texts.append((event, text))
        choice.did(event, "text")
    if finish is not None:
        choice.finishes.append((event, finish))
        choice.did(event, "finish")


def text_of(event: StreamEvent) -> str:
    """The text that one chunk adds for its first choice."""
    try:
        return str(event.parsed["choices"][0]["text"] or "")
    except (KeyError, IndexError, TypeError):
        return ""
