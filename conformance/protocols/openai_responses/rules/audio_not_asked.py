"""Audio comes, though the request asks for none.

A spoken answer comes in `response.audio.delta` where the request asks for audio. Other clients have no player, and
megabytes to drop.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import put, stream
from conformance.protocols.openai_responses.view import ResponsesView

_SPOKEN = put(
    TEXT_EVENTS, "in_progress", {"type": "response.audio.delta", "delta": "aGk="}, {"type": "response.audio.done"}
)
GOOD = (TEXT, stream(*_SPOKEN, modalities=["text", "audio"]))
BAD = stream(*_SPOKEN)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R62",),
    cite=Cite(STREAMING, "Emitted when there is a partial audio response."),
    needs=(Evidence.REQUEST,),
    when=lambda stream: None if stream.view.audio else "no audio in the stream",
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    wanted = stream.asked.get("modalities")
    if "audio" not in stream.asked and not (isinstance(wanted, list) and "audio" in wanted):
        first = min(symbols[0][0] for symbols in stream.view.audio.values())
        yield Fault("audio in the stream, the request asks for none", first)
