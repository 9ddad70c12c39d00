"""The view that Gemini rules read: one pass over the chunks, everything indexed by candidate.

Law: built once per stream, takes anything a peer may send, and judges nothing. Events are named by their index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
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
    parts: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    special: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """(event, JSON Pointer, part) of the parts that are more than text, or something else"""
    text: int | None = None
    """The first event with text that is not empty."""
    thought: int | None = None
    """The first event with a thought that is not empty."""
    calls: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """(event, JSON Pointer, functionCall)"""
    role: int | None = None
    """The first event whose content holds parts."""
    strange: list[tuple[int, str, object]] = field(default_factory=list)
    """(event, JSON Pointer, role) of every content that holds parts and is not the model's"""
    finishes: list[tuple[int, object]] = field(default_factory=list)
    chunks: int = 0
    """How many chunks hold this candidate."""
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What its chunks did, for the grammar; the same in a row is noted once."""
    always_finishes: bool = False
    """Whether a finish reason stands on every chunk, as the first models had it: one habit, and not many ends."""

    @property
    def steps(self) -> list[tuple[int, str]]:
        """What the grammar is to judge: with a finish reason on every chunk only the last is an end."""
        if not self.always_finishes:
            return self.symbols
        return [step for step in self.symbols[:-1] if step[1] != "finish"] + self.symbols[-1:]

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
    indexed: set[bool] = field(default_factory=set)
    """Whether candidates carry an index: of some that do, and some that do not, both."""
    grounded: list[int] = field(default_factory=list)
    """Chunks with sources: grounding or citation metadata."""
    unindexed: list[int] = field(default_factory=list)
    """Chunks that hold a candidate without index beside another that has no index, or the index 0."""
    usages: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    blocked: list[int] = field(default_factory=list)
    blocked_with_candidates: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    """Events with an `event:` line."""
    members: set[tuple[str, ...]] = field(default_factory=set)
    """Which members stand at the top of a chunk, together."""
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
    if view.versions:  # the models that do so are older than that member
        return view
    for candidate in view.candidates.values():
        candidate.always_finishes = _always_finishes(stream, candidate)
    return view


def _always_finishes(stream: Stream[GeminiView], candidate: Candidate) -> bool:
    """Whether each chunk brings parts and a finish reason; a chunk that is sent twice is another matter."""
    ends = [event for event, _ in candidate.finishes]
    if not 2 <= len(ends) == candidate.chunks or len({event for event, _ in candidate.parts}) < len(ends):
        return False
    return all(stream.events[one].parsed != stream.events[two].parsed for one, two in pairwise(ends))


def _chunk(view: GeminiView, event: int, data: dict[str, Any]) -> None:
    view.chunks.append(event)
    view.members.add(tuple(data))
    name, version = data.get("responseId"), data.get("modelVersion")
    if type(name) is str and name not in view.response_ids:
        view.response_ids[name] = event
    if type(version) is str and version not in view.versions:
        view.versions[version] = event
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
    taken = _taken(candidates) if len(candidates) > 1 else set()
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
        candidate.chunks += 1
        view.indexed.add("index" in item)
        if "groundingMetadata" in item or "citationMetadata" in item:
            view.grounded.append(event)
        content = item.get("content")
        if type(content) is dict:
            _content(candidate, event, position, content)
        finish = item.get("finishReason")
        if finish is not None and finish != "FINISH_REASON_UNSPECIFIED":
            candidate.finishes.append((event, finish))
            candidate.did(event, "finish")


def _taken(candidates: list[Any]) -> set[int]:
    """The indexes that stand in a chunk."""
    return {item["index"] for item in candidates if type(item) is dict and type(item.get("index")) is int}


def _content(candidate: Candidate, event: int, position: int, content: dict[str, Any]) -> None:
    parts, role = content.get("parts"), content.get("role")
    if type(parts) is not list or not parts:
        return
    if candidate.role is None:
        candidate.role = event
    if role != "model":
        candidate.strange.append((event, f"/candidates/{position}/content/role", role))
    for number, part in enumerate(parts):
        if type(part) is dict:
            text = part.get("text")
            candidate.parts.append((event, part))
            if len(part) > 1 or "text" not in part:
                _special(candidate, event, f"/candidates/{position}/content/parts/{number}", part)
            elif text and candidate.text is None:
                candidate.text = event
            elif text == "":  # adds nothing
                continue
            if not candidate.symbols or candidate.symbols[-1][1] != "part":
                candidate.symbols.append((event, "part"))


def _special(candidate: Candidate, event: int, where: str, part: dict[str, Any]) -> None:
    """Notes a part that is more than text, or something else."""
    candidate.special.append((event, where, part))
    if part.get("text"):
        if part.get("thought") is True:
            candidate.thought = event if candidate.thought is None else candidate.thought
        else:
            candidate.text = event if candidate.text is None else candidate.text
    if type(part.get("functionCall")) is dict:
        candidate.calls.append((event, f"{where}/functionCall", part["functionCall"]))


def text_of(event: StreamEvent) -> str:
    """The answer's text that one chunk adds for the first candidate; thoughts are no answer."""
    try:
        parts = event.parsed["candidates"][0]["content"]["parts"]
        return "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))
    except (KeyError, IndexError, TypeError):
        return ""
