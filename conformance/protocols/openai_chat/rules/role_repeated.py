"""The role stands in more than the first delta of a choice.

Deltas are joined: the official Python client's accumulator makes `assistantassistant` of two roles, and clients that
open a message at a role open many. One finding per choice tells in how many deltas it stands. Known of OpenRouter,
Ollama, Perplexity, Z.ai, Snowflake and others that send the role in every delta.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_choices
from conformance.protocols.openai_chat.samples import TEXT, TWO_CHOICES
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TWO_CHOICES)
BAD = TEXT.swap('"delta":{"content":"Hel"', '"delta":{"role":"assistant","content":"Hel"')


@rule(
    level=Level.WARNING,
    family=Family.ORDER,
    statements=("C16",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The role of the author of this message.",
        ),
        Cite("https://github.com/BerriAI/litellm/pull/9986", "fix: 'role' incorrectly duplicated in multiple deltas"),
    ),
    breaks=(Breaks("openai-python", "https://github.com/BerriAI/litellm/pull/9986"),),
    when=has_choices,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        roles = [event for event, value in choice.roles if value]
        if len(roles) > 1:
            message = f"choice {choice.index}: the role stands in {len(roles)} deltas, expected in the first only"
            yield Fault(message, roles[1], "/choices/0/delta/role")
