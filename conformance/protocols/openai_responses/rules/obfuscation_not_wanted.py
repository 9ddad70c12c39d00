"""Deltas are padded, though the request asks for none of it.

`stream_options.include_obfuscation: false` turns the padding off, for clients that trust their network and want the
bytes. A server that pads on has not read the option.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import CREATE
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

_PADDED = edit(TEXT_EVENTS, "output_text.delta", "obfuscation", "x7f")
GOOD = (TEXT.asking(stream_options={"include_obfuscation": False}), stream(*_PADDED))
BAD = stream(*_PADDED, stream_options={"include_obfuscation": False})


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R34",),
    cite=Cite(
        CREATE,
        "You can set `include_obfuscation` to false to optimize for bandwidth if you trust the network links between "
        "your application and the OpenAI API.",
    ),
    needs=(Evidence.REQUEST,),
    when=lambda stream: None if _unwanted(stream) else "the request does not turn obfuscation off",
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    padded = stream.view.counts("obfuscation")
    if padded:
        first = min(seen.first for (_, shape), seen in stream.view.shapes.items() if "obfuscation" in shape)
        yield Fault(f"{padded} events hold obfuscation, include_obfuscation is false", first, "/obfuscation")


def _unwanted(stream: Stream[ResponsesView]) -> bool:
    options = stream.asked.get("stream_options")
    return isinstance(options, dict) and options.get("include_obfuscation") is False
