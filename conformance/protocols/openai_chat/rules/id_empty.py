"""The `id` is an empty string.

The id names the completion: logs, billing and clients that group chunks by it have nothing to go by. Azure's first
chunk (content filter results, no choices) comes before the completion has an id, and is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"id":"chatcmpl-1"', '"id":""')


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C02",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "A unique identifier for the chat completion. Each chunk has the same ID.",
        ),
        Cite(
            "https://github.com/huggingface/text-generation-inference/issues/1782",
            "Empty 'id' in OpenAI Compatible API Chat Stream",
        ),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    ids = stream.view.ids
    first = ids.get("")
    if first is not None and (len(ids) == 1 or stream.events[first].parsed.get("choices")):
        yield Fault("id is an empty string: it names no completion", first, "/id")
