"""A chunk has empty `choices` and brings nothing else.

Clients that read `chunk.choices[0]` in every chunk end with an IndexError. They have to look before they read: usage,
OpenAI's `moderation`, Azure's content filter results and llama.cpp's `timings` come with empty choices, and are passed
over here. A chunk that carries nothing at all is an accident waiting for them, and a comment line keeps a connection
alive as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import FINISH, ROLE, TEXT, WITH_USAGE, chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = (WITH_USAGE, TEXT.swap(ROLE, chunk(prompt_filter_results=[]) + ROLE))
BAD = TEXT.swap(FINISH, chunk() + FINISH)

CARRIED = frozenset(
    {
        "content_filter_offsets",
        "content_filter_result",
        "content_filter_results",
        "moderation",
        "prompt_annotations",
        "prompt_filter_results",
        "timings",
    }
)


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C15",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        'Can also be empty for the last chunk if you set `stream_options: {"include_usage": true}`.',
    ),
    breaks=(
        Breaks("Pydantic AI", "https://github.com/pydantic/pydantic-ai/issues/164"),
        Breaks("foundry-local-sdk", "https://github.com/microsoft/foundry-local/issues/905"),
        Breaks("Meilisearch", "https://github.com/meilisearch/meilisearch/pull/6477"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for event in stream.view.empty:
        chunk = stream.events[event].parsed
        if chunk.get("choices") == [] and CARRIED.isdisjoint(chunk):
            yield Fault("choices is empty, and the chunk brings no usage or anything else", event, "/choices")
