"""`obfuscation` stands in an event that is no delta.

The field pads deltas, so that their size does not betray the text. Anywhere else it hides nothing, and typed clients
that allow it on deltas alone refuse the event.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import CREATE
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, stream(*edit(TEXT_EVENTS, "output_text.delta", "obfuscation", "x7f")))
BAD = stream(*edit(TEXT_EVENTS, "output_text.done", "obfuscation", "x7f"))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R34",),
    cite=Cite(
        CREATE,
        "Stream obfuscation adds random characters to an `obfuscation` field on streaming delta events to normalize "
        "payload sizes as a mitigation to certain side-channel attacks.",
    ),
    when=lambda stream: None if stream.view.counts("obfuscation") else "no obfuscation in the stream",
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for (kind, shape), seen in stream.view.shapes.items():
        if "obfuscation" in shape and not kind.endswith(".delta"):
            yield Fault(f"{kind} holds obfuscation ({seen.count} times)", seen.first, "/obfuscation")
