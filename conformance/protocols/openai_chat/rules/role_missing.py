"""A choice does not open with the role of its author.

The first delta of a choice carries `role: "assistant"`. Clients that make a message when they see a role have none to
add the text to, and translators to other APIs open their message there. Reported once per choice, whether the role
never comes or comes after the first text, reasoning or tool call. Known of Cloudflare Workers AI and of gateways that
swallow the first chunk.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import choices_of, has_choices
from conformance.protocols.openai_chat.samples import ROLE, TEXT, TOOL, TWO_CHOICES, chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TOOL, TWO_CHOICES)
BAD = (TEXT.swap(ROLE, ""), TEXT.swap(ROLE + chunk({"content": "Hel"}), chunk({"content": "Hel"}) + ROLE))


@rule(
    level=Level.WARNING,
    family=Family.ORDER,
    statements=("C17", "C11"),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The role of the author of this message.",
        ),
        Cite(
            "https://github.com/langwatch/langwatch/issues/6196",
            "Gateway chat streams drop OpenAI's role-carrying first delta, breaking role-keyed client accumulators",
        ),
    ),
    breaks=(
        Breaks("LangChain.js", "https://github.com/langchain-ai/langchainjs/pull/11157"),
        Breaks("CLIProxyAPI", "https://github.com/router-for-me/CLIProxyAPI/issues/530"),
    ),
    when=has_choices,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in choices_of(stream):
        role = next((event for event, value in choice.roles if value), None)
        opened = next(((event, symbol) for event, symbol in choice.symbols if symbol != "role"), None)
        if opened is not None and role is None:
            yield Fault(f"choice {choice.index}: no delta carries a role", choice.first, "/choices/0/delta")
        elif opened is not None and role is not None and opened[0] < role:
            message = f"choice {choice.index}: the role comes after the first {opened[1]}"
            yield Fault(message, role, "/choices/0/delta/role")
