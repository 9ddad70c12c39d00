"""The arguments of a finished call are no JSON object.

`arguments` is JSON in a string, and an object: clients parse it and hand it to the function. Where it cannot be parsed
a delta was lost or came twice, or the model wrote nonsense that the server let through; an empty string is what servers
send for functions without parameters in place of `{}`. Calls that broke off are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT, STREAMING
from conformance.protocols.openai_responses.conditions import has_type
from conformance.protocols.openai_responses.samples import MCP, TOOL, TWO_TOOLS
from conformance.protocols.openai_responses.script import WEATHER, call, exchange, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TOOL, TWO_TOOLS, MCP)
BAD = (
    stream(*exchange(call("weather", '{"city":', '"Oslo"'), tools=[WEATHER]), tools=[WEATHER]),
    stream(*exchange(call("weather", "[", "]"), tools=[WEATHER]), tools=[WEATHER]),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R21",),
    cite=(
        Cite(OBJECT, "A JSON string of the arguments to pass to the function."),
        Cite(STREAMING, "A JSON string containing the finalized arguments for the MCP tool call."),
    ),
    when=has_type("function_call", "mcp_call"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        if item.type not in ("function_call", "mcp_call") or not item.finished or item.final is None:
            continue
        arguments = item.final.get("arguments")
        if isinstance(arguments, str) and not isinstance(parse(arguments.encode("utf-8", "replace"))[0], dict):
            shown = arguments if len(arguments) <= 80 else f"{arguments[:40]} ... {arguments[-40:]}"
            yield Fault(
                f"{item.name}: the arguments are no JSON object: {shown!r}", item.done[-1][0], "/item/arguments"
            )
