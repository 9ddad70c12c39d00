"""The `object` of a chunk is not `chat.completion.chunk`.

Clients that speak several APIs choose the reader by `object`; typed ones accept one literal and refuse the rest. The
most frequent slip is `chat.completion`, the object of an answer that was not streamed. Azure's first chunk (content
filter results, no choices) has an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap("chat.completion.chunk", "chat.completion")


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C01",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The object type, which is always `chat.completion.chunk`.",
    ),
    breaks=(
        Breaks("MLflow", "https://github.com/mlflow/mlflow/issues/12767"),
        Breaks("clients of Foundry Local", "https://github.com/microsoft/foundry-local/issues/31"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for fault in stream.shape_faults("object-value"):
        value = stream.events[fault.event or 0].parsed["object"]
        yield Fault(f"object is {str(value)[:60]!r}, expected 'chat.completion.chunk'", fault.event, fault.pointer)
