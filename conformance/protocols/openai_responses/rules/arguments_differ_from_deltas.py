"""The arguments of a call are others than its deltas.

What the deltas add up to stands again in the `.done` event and in the item when it is done. Some clients run the call
with the one, some with the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import MCP, TOOL, TOOL_EVENTS, TWO_TOOLS
from conformance.protocols.openai_responses.script import drop, edit, stream
from conformance.protocols.openai_responses.texts import differences
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TOOL, TWO_TOOLS, MCP)
BAD = (
    stream(*edit(TOOL_EVENTS, "function_call_arguments.done", "arguments", "{}")),
    stream(*drop(TOOL_EVENTS, "function_call_arguments.delta", which=1)),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R19", "R21"),
    cite=(
        Cite(STREAMING, "The function-call arguments."),
        Cite(STREAMING, "A JSON string containing the finalized arguments for the MCP tool call."),
    ),
    when=has_channel("function_call_arguments", "mcp_call_arguments"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    yield from differences(stream, "function_call_arguments", "mcp_call_arguments")
