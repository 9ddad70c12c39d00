"""A chunk has no `choices`.

Clients loop over `chunk.choices` without asking whether it is there: where the member is missing they end with an
exception in the middle of the answer. A chunk that has nothing to say of any choice carries an empty array. OpenAI's
own audio models send such chunks.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import FINISH, HEAD, TEXT, WITH_USAGE, event
from conformance.protocols.openai_chat.view import ChatView

GOOD = WITH_USAGE
BAD = TEXT.swap(FINISH, event(HEAD) + FINISH)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C01",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "A list of chat completion choices. Can contain more than one elements if `n` is greater than 1.",
    ),
    breaks=(
        Breaks("openai-php", "https://github.com/openai-php/client/issues/717"),
        Breaks("openai-php", "https://github.com/openai-php/client/issues/147"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("choices-missing")
