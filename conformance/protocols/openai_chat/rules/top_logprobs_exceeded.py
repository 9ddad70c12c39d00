"""A token has more `top_logprobs` than the request asks for.

The number of alternatives is `top_logprobs` of the request, or fewer; it is 0 unless it is given. Clients make room
for that many columns. One finding per choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_logprobs, has_logprobs
from conformance.protocols.openai_chat.logprobs import tokens_of
from conformance.protocols.openai_chat.samples import LOGPROBS
from conformance.protocols.openai_chat.view import ChatView

GOOD = LOGPROBS
BAD = LOGPROBS.swap('"top_logprobs":[]', '"top_logprobs":[{"token":"lo","logprob":-0.25,"bytes":null}]', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C43",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The number of entries may be fewer than the requested `top_logprobs`.",
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(has_logprobs, asked_for_logprobs),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    value = stream.asked.get("top_logprobs")
    asked = value if isinstance(value, int) else 0
    for choice in stream.view.choices.values():
        found = [
            (event, len(top))
            for event, _, token in tokens_of(stream, choice)
            if isinstance(top := token.get("top_logprobs"), list) and len(top) > asked
        ]
        if found:
            most = max(count for _, count in found)
            message = f"choice {choice.index}: tokens with more than {asked} top_logprobs: {len(found)}, up to {most}"
            yield Fault(message, found[0][0], "/choices/0/logprobs")
