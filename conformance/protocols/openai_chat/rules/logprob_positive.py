"""A log probability is greater than zero.

A probability is at most 1, and its logarithm at most 0. A positive number is a probability, a percentage or another
score under the wrong name. What lies within the rounding of short floats is passed over: OpenAI itself sends 0.00003.
One finding per choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_logprobs
from conformance.protocols.openai_chat.logprobs import tokens_of
from conformance.protocols.openai_chat.samples import LOGPROBS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (LOGPROBS, LOGPROBS.swap('"logprob":-0.25', '"logprob":0'))
BAD = LOGPROBS.swap('"logprob":-0.25', '"logprob":0.78')
ROUNDING = 0.01


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C43",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The log probability of this token, if it is within the top 20 most likely tokens.",
    ),
    when=has_logprobs,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        found = [(event, token) for event, _, token in tokens_of(stream, choice) if _positive(token.get("logprob"))]
        if found:
            event, token = found[0]
            count = f"{len(found)}, the first {token['logprob']}"
            message = f"choice {choice.index}: tokens with a positive logprob: {count}"
            yield Fault(message, event, "/choices/0/logprobs")


def _positive(value: object) -> bool:
    return isinstance(value, float | int) and value > ROUNDING
