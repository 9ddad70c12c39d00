"""The `content` of a delta is neither a string nor null.

Clients append the content to the text. A list of parts, as Mistral sends it for reasoning models, ends the official
Python client's accumulator with a RuntimeError; others show its JSON to the reader or take the answer for empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"content":"lo"', '"content":[{"type":"text","text":"lo"}]')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C19",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The contents of the chunk message.",
        ),
        Cite("https://github.com/epam/ai-dial-adapter-openai/issues/395", "Magistral: support reasoning"),
    ),
    breaks=(
        Breaks("hermes-agent", "https://github.com/NousResearch/hermes-agent/issues/11243"),
        Breaks("Open WebUI", "https://github.com/open-webui/open-webui/issues/30089"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("content-not-a-string")
