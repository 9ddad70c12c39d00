"""The `model` is an empty string.

The member is there to say what generated the answer. Gateways and cost trackers look prices up by it. Azure's first
chunk (content filter results, no choices) is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"model":"gpt-x"', '"model":""')


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C04",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The model to generate the completion.",
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    models = stream.view.models
    first = models.get("")
    if first is not None and (len(models) == 1 or stream.events[first].parsed.get("choices")):
        yield Fault("model is an empty string: it names no model", first, "/model")
