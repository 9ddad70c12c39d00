"""A choice goes on after its `finish_reason`.

The finish reason says that the model stopped generating tokens. Clients close the message, run the tool calls and drop
what follows, so that text is lost without a trace; others append it to a message that was already shown as complete.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import FINISH, TEXT, chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap(FINISH, FINISH + chunk({"content": "!"}))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("C25",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The reason the model stopped generating tokens.",
    ),
    breaks=(Breaks("open-webui", "https://github.com/open-webui/open-webui/issues/23921"),),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    yield from stream.order_faults("content-after-finish")
