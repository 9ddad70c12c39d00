"""Log probabilities came, though the request does not ask for them.

They are sent where `logprobs` is true; else the member is null or missing. An object without tokens costs nothing and
is passed over. One finding per choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import asked_for_no_logprobs
from conformance.protocols.openai_chat.logprobs import tokens_of
from conformance.protocols.openai_chat.samples import LOGPROBS, TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (LOGPROBS, TEXT)
BAD = LOGPROBS.asking(logprobs=False)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C43",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat/create",
        "Whether to return log probabilities of the output tokens or not.",
    ),
    needs=(Evidence.REQUEST,),
    when=asked_for_no_logprobs,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        found = [event for event, _, _ in tokens_of(stream, choice)]
        if found:
            message = f"choice {choice.index}: {len(found)} tokens with log probabilities, logprobs is not true"
            yield Fault(message, found[0], "/choices/0/logprobs")
