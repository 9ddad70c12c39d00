"""A chunk lacks `id`, `object`, `created` or `model`.

The API description requires the four in every chunk. Clients with typed models (Kotlin, Java, Rust, Go) refuse the
chunk, and with it the stream; others show an answer without a name, a time or a model. Known of AI21, and of many small
servers that were written after an example with fewer members.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = (TEXT.swap('"created":1700000000,', "", 1), TEXT.swap('"model":"gpt-x",', ""))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C01",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "Represents a streamed chunk of a chat completion response returned by the model, based on the provided "
            "input.",
        ),
        Cite(
            "https://github.com/openvinotoolkit/model_server/issues/3553",
            "Chat completion chunk object should include 'id' field",
        ),
    ),
    breaks=(
        Breaks("openai-kotlin", "https://github.com/aallam/openai-kotlin/issues/453"),
        Breaks("Spring AI", "https://github.com/spring-projects/spring-ai/issues/6928"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("chunk-field-missing")
