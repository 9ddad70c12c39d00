"""The view that Gemini rules read: one pass over the chunks, everything indexed by candidate.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.core.stream import Stream, StreamEvent

DATA_FIELDS = (
    "text",
    "inlineData",
    "functionCall",
    "functionResponse",
    "fileData",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
)
"""The members of a part of which exactly one is set: the oneof of the proto, and what the SDKs added since."""


_NOT_BLOCKED = (None, "", "BLOCK_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED")


@dataclass(slots=True)
class Candidate:
    """One candidate index: (event, value) pairs of what its chunks brought."""

    index: int
    first: int
    parts: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """(event, JSON Pointer, part)"""
    text: list[tuple[int, str]] = field(default_factory=list)
    thoughts: list[tuple[int, str]] = field(default_factory=list)
    calls: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """(event, JSON Pointer, functionCall)"""
    roles: list[tuple[int, str, object]] = field(default_factory=list)
    """(event, JSON Pointer, role) of every content that holds parts"""
    finishes: list[tuple[int, object]] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What its chunks did, for the grammar; the same in a row is noted once."""

    def did(self, event: int, symbol: str) -> None:
        """Notes what a chunk did."""
        if not self.symbols or self.symbols[-1][1] != symbol or symbol == "finish":
            self.symbols.append((event, symbol))


@dataclass(slots=True)
class GeminiView:
    """All chunks of one stream. `response_ids` and `versions` map each value to its first event."""

    chunks: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    """Chunks without candidates, prompt feedback and usage."""
    response_ids: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    candidates: dict[int, Candidate] = field(default_factory=dict)
    unindexed: list[int] = field(default_factory=list)
    """Chunks that hold a candidate without index beside another that has no index, or the index 0."""
    usages: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    blocked: list[int] = field(default_factory=list)
    blocked_with_candidates: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    """Events with an `event:` line."""
    extra: dict[str, int] = field(default_factory=dict)
    """Keys at the top of a chunk, with their first event."""
    symbols: list[tuple[int, str]] = field(default_factory=list)

    def did(self, event: int, symbol: str) -> None:
        """Notes what an event is; chunks in a row are noted once."""
        if symbol != "chunk" or not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


def build(stream: Stream[GeminiView]) -> GeminiView:
    """The view of a stream."""
    view = GeminiView()
    for event in stream.events:
        index, kind = event.index, event.kind
        if event.name:
            view.named.append(index)
        if kind == "chunk":
            _chunk(view, index, event.parsed)
            continue
        view.did(index, kind)
        if kind == "error":
            view.errors.append(index)
        elif kind == "[DONE]":
            view.done.append(index)
    return view


def _chunk(view: GeminiView, event: int, data: dict[str, Any]) -> None:
    view.chunks.append(event)
    for key, value in data.items():
        if key not in view.extra:
            view.extra[key] = event
        if key == "responseId" and type(value) is str:
            view.response_ids.setdefault(value, event)
        elif key == "modelVersion" and type(value) is str:
            view.versions.setdefault(value, event)
    usage, feedback, candidates = data.get("usageMetadata"), data.get("promptFeedback"), data.get("candidates")
    if type(usage) is dict:
        view.usages.append((event, usage))
    blocked = type(feedback) is dict and feedback.get("blockReason") not in _NOT_BLOCKED
    if blocked:
        view.blocked.append(event)
        if candidates:
            view.blocked_with_candidates.append(event)
    elif not candidates and usage is None and feedback is None:
        view.empty.append(event)
    view.did(event, "blocked" if blocked else "chunk" if candidates else "usage")
    if type(candidates) is list:
        _candidates(view, event, candidates)


def _candidates(view: GeminiView, event: int, candidates: list[Any]) -> None:
    taken = {item["index"] for item in candidates if type(item) is dict and type(item.get("index")) is int}
    for position, item in enumerate(candidates):
        if type(item) is not dict:
            continue
        index = item.get("index")
        if type(index) is not int:  # absent is 0, the default of the proto, unless another candidate is 0
            if 0 in taken:
                view.unindexed.append(event)
            index = position if 0 in taken else 0
            taken.add(index)
        candidate = view.candidates.get(index)
        if candidate is None:
            candidate = view.candidates[index] = Candidate(index, event)
        content = item.get("content")
        if type(content) is dict and type(content.get("parts")) is list:
            _content(candidate, event, f"/candidates/{position}/content", content)
        finish = item.get("finishReason")
        if finish is not None and finish != "FINISH_REASON_UNSPECIFIED":
            candidate.finishes.append((event, finish))
            candidate.did(event, "finish")


def _content(candidate: Candidate, event: int, pointer: str, content: dict[str, Any]) -> None:
    parts = content["parts"]
    if parts:
        candidate.roles.append((event, f"{pointer}/role", content.get("role")))
    for number, part in enumerate(parts):
        if type(part) is not dict:
            continue
        if part.get("text") != "" or len(part) > 1:  # an empty text adds nothing
            candidate.did(event, "part")
        where = f"{pointer}/parts/{number}"
        candidate.parts.append((event, where, part))
        text = part.get("text")
        if text and type(text) is str:
            (candidate.thoughts if part.get("thought") is True else candidate.text).append((event, text))
        if type(part.get("functionCall")) is dict:
            candidate.calls.append((event, f"{where}/functionCall", part["functionCall"]))


def text_of(event: StreamEvent) -> str:
    """The answer's text that one chunk adds for the first candidate; thoughts are no answer."""
    try:
        parts = event.parsed["candidates"][0]["content"]["parts"]
        return "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))
    except (KeyError, IndexError, TypeError):
        return ""
