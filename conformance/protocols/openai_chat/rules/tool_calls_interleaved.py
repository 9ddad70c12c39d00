"""The fragments of several tool calls are interleaved.

OpenAI streams one call after the other. Nothing forbids another order, since every fragment carries its index, but the
official Python client closes a call when the next index appears: it announces the arguments as complete, and parses
them, in the middle. One finding per choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TWO_TOOLS, call, chunk
from conformance.protocols.openai_chat.view import ChatView

GOOD = TWO_TOOLS
BAD = TWO_TOOLS.swap(chunk(call(0, '{"city":"Oslo"}')), chunk(call(0, '{"city":'))).swap(
    chunk(call(1, '{"zone":"CET"}')), chunk(call(0, '"Oslo"}')) + chunk(call(1, '{"zone":"CET"}'))
)


@rule(
    level=Level.WARNING,
    family=Family.TOOLS,
    statements=("C36",),
    cite=Cite(
        "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/chat/_completions.py",
        "if self.__current_tool_call_index != tool_call.index:",
    ),
    breaks=(
        Breaks(
            "openai-python stream helper",
            "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/chat/_completions.py",
        ),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        turns = choice.call_order
        if len(turns) > len(choice.calls) and all(call.index is not None for call in choice.calls.values()):
            event = next(event for event, key in turns if choice.calls[key].first < event)
            message = f"choice {choice.index}: {len(choice.calls)} tool calls come in {len(turns)} turns"
            yield Fault(message, event)
