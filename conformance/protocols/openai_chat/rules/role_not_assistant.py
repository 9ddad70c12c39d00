"""The role of a streamed message is not `assistant`.

What a model answers is written by the assistant; the other roles belong to messages of a request. Clients that send the
message back as history put it under the wrong author.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_choices
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap('"role":"assistant"', '"role":"user"')


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C16",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The role of the author of this message.",
    ),
    when=has_choices,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        named = ((event, role) for event, role in choice.roles if isinstance(role, str) and role)
        others = [(event, role) for event, role in named if role != "assistant"]
        if others:
            message = f"choice {choice.index}: the role is {others[0][1]!r}, expected 'assistant'"
            yield Fault(message, others[0][0], "/choices/0/delta/role")
