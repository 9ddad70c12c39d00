"""A choice holds the legacy `function_call` and `tool_calls`.

`function_call` was replaced by `tool_calls`; a message has one or the other. A client that reads both runs the
function twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_function_call
from conformance.protocols.openai_chat.samples import FUNCTION_CALL, TOOL
from conformance.protocols.openai_chat.view import ChatView

GOOD = FUNCTION_CALL
BAD = TOOL.swap('"delta":{"tool_calls":', '"delta":{"function_call":{"name":"weather","arguments":""},"tool_calls":', 1)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C40",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "Deprecated and replaced by `tool_calls`.",
    ),
    when=has_function_call,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if choice.function_calls and choice.calls:
            event = max(choice.function_calls[0][0], next(iter(choice.calls.values())).first)
            yield Fault(f"choice {choice.index}: function_call and tool_calls in one message", event)
