"""A call has arguments before its first delta.

The item is added with empty `arguments`; the deltas bring them all. A client that begins with what was added and
appends the deltas has the beginning twice (`{}{"city": ...}`).
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN, STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import MCP, TOOL, TOOL_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TOOL, MCP)
BAD = stream(*edit(TOOL_EVENTS, "output_item.added", "item.arguments", "{}"))


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R21",),
    cite=(
        Cite(STREAMING, "The function-call arguments delta that is added."),
        Cite(OPEN, "Use zero values where applicable."),
    ),
    when=has_channel("function_call_arguments", "mcp_call_arguments", "custom_tool_call_input"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item, text in stream.view.texts:
        if text.channel.parts or text.channel.value not in ("arguments", "input") or not text.joined:
            continue
        for event, added in item.added:
            if added.get(text.channel.value):
                message = f"{item.name} is added with {str(added[text.channel.value])[:60]!r}, and deltas follow"
                yield Fault(message, event, f"/item/{text.channel.value}")
