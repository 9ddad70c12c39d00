"""Gemini streams: `streamGenerateContent?alt=sse`, one GenerateContentResponse per event.

grammar.py     the order of events, as tables
view.py        one pass over the chunks: what the rules read
accumulate.py  chunks to the final GenerateContentResponse
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
from .grammar import CANDIDATE, STREAM
from .view import GeminiView, build, text_of

_KEYS = frozenset({"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId", "createTime"})
_FOREIGN = frozenset({"serverContent", "setupComplete", "choices", "object", "type"})


def kind_of(name: str, data: object) -> str:
    """`chunk`, `error`, `invalid` (no JSON), or `unknown` (JSON that is neither a response nor an error).

    An error that stands in an array, as it does without `alt=sse`, is an error of the wrong shape.
    """
    if type(data) is dict:
        if data.get("error"):
            return "error"
        return "chunk" if not _KEYS.isdisjoint(data) else "unknown"
    if type(data) is list and any(type(item) is dict and item.get("error") for item in data):
        return "error"
    return "invalid" if data is None else "unknown"


def recognises(events: Sequence[StreamEvent]) -> bool:
    """True where an early event is a GenerateContentResponse: by candidates, or by what only it has."""
    return any(type(event.parsed) is dict and _is_chunk(event.parsed) for event in events)


def _is_chunk(data: dict[str, object]) -> bool:
    if not _FOREIGN.isdisjoint(data):
        return False
    return isinstance(data.get("candidates"), list) or len(_KEYS & data.keys()) > 1


def order(stream: Stream[GeminiView]) -> Iterator[Walk]:
    """The stream's way through its table, then each candidate's through its own."""
    view = stream.view
    yield STREAM.walk(view.symbols)
    for candidate in view.candidates.values():
        yield CANDIDATE.walk(candidate.steps, f"candidate {candidate.index}")


def marks(stream: Stream[GeminiView]) -> Marks:
    """The events that the latency figures need. The terminal event is where the last candidate finishes."""
    candidates = stream.view.candidates.values()
    finishes = [c.finishes[-1][0] for c in candidates if c.finishes]
    if len(finishes) < len(candidates):
        finishes = []
    payload = (*stream.view.chunks[-1:], *stream.view.errors[-1:])
    return Marks(
        role=min((c.role for c in candidates if c.role is not None), default=None),
        reasoning=min((c.thought for c in candidates if c.thought is not None), default=None),
        text=min((c.text for c in candidates if c.text is not None), default=None),
        tool=min((c.calls[0][0] for c in candidates if c.calls), default=None),
        last_payload=max(payload, default=None),
        terminal=max(finishes, default=None),
    )


def model_of(stream: Stream[GeminiView]) -> str | None:
    """The model version that the first chunk names."""
    return next(iter(stream.view.versions), None)


PROTOCOL: Protocol[GeminiView] = Protocol(
    name="gemini-generate",
    title="Gemini streamGenerateContent",
    docs="https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent",
    kind_of=kind_of,
    index=build,
    recognises=recognises,
    marks=marks,
    path=re.compile(r":streamGenerateContent"),
    sentinel=b"[DONE]",
    grammars=(STREAM, CANDIDATE),
    order=order,
    accumulate=accumulate,
    model_of=model_of,
    text_of=text_of,
)
