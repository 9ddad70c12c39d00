"""The `finish_reason` is `tool_calls`, but no tool call came.

The client is told to run tools and finds none: agents ask the model again with the same messages, and loop. The calls
were lost on the way, written into the text, or the reason is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, ended_whole, has_finish
from conformance.protocols.openai_chat.samples import TEXT, TOOL
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TOOL)
BAD = TEXT.swap('"stop"', '"tool_calls"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C26",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "`tool_calls` if the model called a tool, or `function_call` (deprecated) if the model called a function.",
        ),
        Cite(
            "https://github.com/mastra-ai/mastra/pull/14187",
            "fix(core): prevent infinite loop when finishReason is tool-calls with no tool calls",
        ),
    ),
    breaks=(Breaks("Mastra", "https://github.com/mastra-ai/mastra/pull/14187"),),
    when=all_of(has_finish, ended_whole),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        told = next((event for event, reason in choice.finishes if reason == "tool_calls"), None)
        if told is not None and not choice.calls:
            message = f"choice {choice.index}: finish_reason is 'tool_calls', but no delta brought a tool call"
            yield Fault(message, told, "/choices/0/finish_reason")
