"""The first fragment of a tool call lacks its id, its name or its type.

Clients open the call with what the first fragment brings. Without an id the result cannot be sent back (the AI SDK
throws at once), without a name nobody knows what to run, and without `type` the official clients hold a call of no
kind. A custom tool call (`"type": "custom"`) is passed over: chunks have no published shape for it. Mistral sends no
`type`, the OpenAI endpoint of Gemini an empty id, some servers arguments before the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView, ToolCall

GOOD = (TOOL, TWO_TOOLS)
BAD = (
    TOOL.swap('"id":"call_1",', ""),
    TOOL.swap('"id":"call_1"', '"id":""'),
    TOOL.swap('"type":"function","function":{"name":"weather"', '"function":{"name":"weather"'),
    TOOL.swap('"name":"weather","arguments":""', '"arguments":""').swap(
        '"function":{"arguments":"{', '"function":{"name":"weather","arguments":"{'
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C32",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "Many of these fields are only set for the first `delta` of each tool call, like `id`, `function.name`, and "
        "`type`.",
    ),
    breaks=(
        Breaks("AI SDK (opencode)", "https://github.com/anomalyco/opencode/pull/47954"),
        Breaks("AI SDK (Cherry Studio)", "https://github.com/CherryHQ/cherry-studio/pull/16322"),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in stream.view.calls():
        lacks = _lacks(call)
        if lacks:
            yield Fault(f"choice {choice.index}: a tool call starts without {' and '.join(lacks)}", call.first)


def _lacks(call: ToolCall) -> list[str]:
    """What the first fragment lacks, in words."""
    first = {
        "id": next((value for event, value in call.ids if event == call.first), None),
        "name": next((value for event, value in call.names if event == call.first), None),
        "type": next((value for event, value in call.types if event == call.first), None),
    }
    if first["type"] == "custom":
        return []
    lacks = [f"`{key}`" if value is None else f"`{key}` (it is empty)" for key, value in first.items() if not value]
    if first["type"] not in (None, "", "function"):
        lacks.append(f"`type` function (it is {first['type']!r})")
    return lacks
