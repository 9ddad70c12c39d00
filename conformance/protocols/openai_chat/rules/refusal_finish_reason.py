"""A refusal ends with `finish_reason: content_filter`.

The model that refuses has said what it had to say: OpenAI ends it with `stop`. `content_filter` tells the client that
a filter took text away, and many then drop what they have, the refusal included. Only a warning: the meaning of the
values is published, the pairing is known from OpenAI's own streams.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_refusal
from conformance.protocols.openai_chat.samples import REFUSAL
from conformance.protocols.openai_chat.view import ChatView

GOOD = REFUSAL
BAD = REFUSAL.swap('"finish_reason":"stop"', '"finish_reason":"content_filter"')


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("C42",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "`content_filter` if content was omitted due to a flag from our content filters",
    ),
    when=has_refusal,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if choice.refusal and choice.finishes and choice.finishes[0][1] == "content_filter":
            message = f"choice {choice.index}: a refusal ends with finish_reason 'content_filter', expected 'stop'"
            yield Fault(message, choice.finishes[0][0])
