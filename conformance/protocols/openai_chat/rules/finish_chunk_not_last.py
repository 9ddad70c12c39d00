"""A chunk with choices follows after all choices are finished.

The chunk with the finish reason is the last that has choices. Readers that stop there miss nothing of the answer, but
those that take a choice for a sign of more to come wait or open a second message. Chunks that bring text, another
finish reason or the usage have rules of their own and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_finish
from conformance.protocols.openai_chat.samples import FINISH, TEXT, TWO_CHOICES, chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TWO_CHOICES)
BAD = TEXT.swap(FINISH, FINISH + chunk({}))


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("C29",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The reason the model stopped generating tokens.",
    ),
    when=has_finish,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    view = stream.view
    usage = {event for event, _, _ in view.usages}
    for choice in view.choices.values():
        if not choice.finishes or choice.last <= choice.finishes[-1][0] or choice.last in usage:
            continue
        if choice.symbols[-1][1] in ("finish", "role"):  # otherwise it brought more, and content-after-finish tells
            message = f"choice {choice.index}: a chunk without text or usage after its finish_reason"
            yield Fault(message, choice.last, "/choices/0")
