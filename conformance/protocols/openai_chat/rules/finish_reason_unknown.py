"""The `finish_reason` is none that the API names.

Clients branch on it. What they do not know they take for an error, for `stop`, or for nothing: typed ones refuse the
chunk. An empty string in place of null makes those that ask whether there is a reason stop at the first chunk. Reasons
of the engine itself (`eos`, `abort`, `error`) are to be told as one of the five, or as an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = (TEXT.swap('"stop"', '"eos"'), TEXT.swap('"finish_reason":null', '"finish_reason":""'))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C24",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "This will be `stop` if the model hit a natural stop point or a provided stop sequence, `length` if the "
            "maximum number of tokens specified in the request was reached,",
        ),
        Cite("https://github.com/ollama/ollama/issues/4357", 'Incorrect value of "finish_reason" when streaming'),
    ),
    breaks=(
        Breaks("AxonHub", "https://github.com/looplj/axonhub/pull/2073"),
        Breaks("AI Shell (openai-dotnet)", "https://github.com/PowerShell/AIShell/issues/350"),
        Breaks("clients of SGLang", "https://github.com/sgl-project/sglang/issues/3912"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("finish-reason-unknown")
