"""The request asks for log probabilities, and none came.

With `logprobs: true` every token of the text comes with its log probability. Servers that do not know the parameter
ignore it in silence, and evaluations that score by it get nothing. A choice without text is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_logprobs, has_text
from conformance.protocols.openai_chat.logprobs import tokens_of
from conformance.protocols.openai_chat.samples import LOGPROBS, TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = LOGPROBS
BAD = TEXT.asking(logprobs=True)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C43",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat/create",
        "returns the log probabilities of each output token returned in the `content` of `message`.",
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(has_text, asked_for_logprobs),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        text = choice.content or choice.refusal
        if text and next(tokens_of(stream, choice), None) is None:
            message = f"choice {choice.index}: {len(text)} deltas with text and no token with a log probability"
            yield Fault(message, text[0][0])
