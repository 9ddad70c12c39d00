"""A stream holds more than one message_start.

One response is one message with one id. A second message_start comes from a gateway that begins anew for every chunk
of its upstream, or that joins two answers; SDKs raise, or start the message over and lose what they had.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message
from ..samples import TEXT, message_start
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.swap(message_start(), message_start() + message_start())


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=(
        "M02",
        "M43",
    ),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "`message_start`: contains a `Message` object with empty `content`.",
    ),
    breaks=(Breaks("anthropic-sdk-typescript", "https://github.com/MoonshotAI/Kimi-K2.5/issues/33"),),
    when=has_message,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.order_faults("message-start-repeated")
