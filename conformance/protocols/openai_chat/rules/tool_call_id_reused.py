"""Two tool calls of one message have the same id.

The id ties a result to its call. With one id for two calls the results cannot be told apart, and the next request,
which repeats the message, is refused (`Duplicate value for 'tool_call_id'`). Some servers make the id from the name
of the tool, or count it from 0 in every message.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS)
BAD = TWO_TOOLS.swap('"id":"call_2"', '"id":"call_1"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C38",),
    cite=(
        Cite("https://platform.openai.com/docs/api-reference/chat-streaming/streaming", "The ID of the tool call."),
        Cite(
            "https://github.com/can1357/oh-my-pi/issues/2055",
            "HTTP 400: tool call result does not follow tool call — when models emit duplicate tool_call_id",
        ),
    ),
    breaks=(Breaks("nanobot", "https://github.com/HKUDS/nanobot/pull/3943"),),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        owners: dict[str, str] = {}
        for call in choice.calls.values():
            if call.id in owners:
                both = f"{owners[call.id]} and {call.label}"
                yield Fault(f"choice {choice.index}: {both} have the same id {call.id!r}", call.first)
            elif call.id:
                owners[call.id] = call.label
