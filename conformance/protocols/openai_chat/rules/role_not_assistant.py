"""The role of a streamed message is not `assistant`.

What a model answers is written by the assistant; the other roles belong to messages of a request. Clients that send the
message back as history put it under the wrong author. An empty role is none of those that there are: clients that
validate it stop. Seen of MiniMax. Null is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_choices
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = (
    TEXT.swap('"role":"assistant"', '"role":"user"'),
    TEXT.swap('"delta":{"content":"Hel"', '"delta":{"role":"","content":"Hel"'),
)

_ROLE = "/choices/0/delta/role"


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C16",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The role of the author of this message.",
        ),
        Cite(
            "https://github.com/MiniMax-AI/MiniMax-M2.5/issues/2",
            "Streaming API returns empty role string in delta chunks, breaking OpenAI-compatible clients",
        ),
    ),
    breaks=(Breaks("AI SDK", "https://github.com/MiniMax-AI/MiniMax-M2.5/issues/2"),),
    when=has_choices,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        others = [(event, role) for event, role in choice.roles if isinstance(role, str) and role != "assistant"]
        if others:
            event, role = others[0]
            often = f" in {len(others)} deltas" if len(others) > 1 else ""
            yield Fault(f"choice {choice.index}: the role is {role!r}{often}, expected 'assistant'", event, _ROLE)
