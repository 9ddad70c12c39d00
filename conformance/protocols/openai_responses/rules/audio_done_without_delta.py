"""Audio is done without having begun.

`response.audio.done` and `response.audio.transcript.done` end their deltas. Where there were none, the answer is
silent, or its deltas were lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps
from conformance.protocols.openai_responses.samples import TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, put, stream
from conformance.protocols.openai_responses.view import ResponsesView

_SPOKEN = put(
    TEXT_EVENTS, "in_progress", {"type": "response.audio.delta", "delta": "aGk="}, {"type": "response.audio.done"}
)
GOOD = stream(*_SPOKEN, modalities=["text", "audio"])
BAD = stream(*drop(_SPOKEN, "audio.delta"), modalities=["text", "audio"])


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R62",),
    cite=Cite(STREAMING, "Emitted when the audio response is complete."),
    when=lambda stream: None if stream.view.audio else "no audio in the stream",
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "audio-done-without-delta"):
        yield Fault(f"{stream.events[fault.event or 0].kind} without a delta before it", fault.event)
