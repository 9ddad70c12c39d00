"""The `logprobs` of a choice do not fit their schema.

They are null, or an object with `content` and `refusal`, each a list of tokens or null; a token has `token`,
`logprob`, `bytes` and `top_logprobs`. Typed clients refuse the stream over a member that is missing. Older servers
send the shape of the Completions API (`tokens`, `token_logprobs`), some leave out `refusal`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_logprobs
from conformance.protocols.openai_chat.samples import LOGPROBS
from conformance.protocols.openai_chat.view import ChatView

GOOD = LOGPROBS
BAD = (
    LOGPROBS.swap(',"refusal":null}', "}"),
    LOGPROBS.swap('"bytes":[108,111],', ""),
    LOGPROBS.swap('"logprob":-0.25', '"logprob":"-0.25"'),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C43", "C08"),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "A list of message content tokens with log probability information.",
    ),
    when=has_logprobs,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("logprobs-shape")
