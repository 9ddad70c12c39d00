"""The `id` is not the same in all chunks.

The id names the completion. Clients group chunks by it, and gateways bill by it; a client that starts a new message at
a new id shows one answer as many, and the Go client refuses what comes after the first. An empty id is passed over:
Azure sends its content filter results before the completion has one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"id":"chatcmpl-1"', '"id":"chatcmpl-2"', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C02",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "A unique identifier for the chat completion. Each chunk has the same ID.",
        ),
        Cite(
            "https://github.com/microsoft/foundry-local/issues/144",
            "Streaming chunks have different IDs when they should have the same ID",
        ),
    ),
    breaks=(Breaks("openai-go", "https://github.com/openai/openai-go/issues/322"),),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    ids = [(value, event) for value, event in stream.view.ids.items() if isinstance(value, str) and value]
    if len(ids) > 1:
        (first, _), (other, event) = ids[0], ids[1]
        yield Fault(f"{len(ids)} different ids in one stream: {first!r}, then {other!r}", event, "/id")
