"""The model calls a function that was not offered.

The functions are those of the request's `tools`, which the response repeats. A client looks the name up and finds
nothing. A name that a gateway put a prefix to is a fault of the stream; one that the model invented, a fault of the
server that let it through. Passed over where tools are looked up on the way (`tool_search`), and calls that name a
namespace.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import CREATE
from conformance.protocols.openai_responses.conditions import has_type
from conformance.protocols.openai_responses.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_responses.script import WEATHER, call, exchange, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TOOL, TWO_TOOLS)
BAD = stream(*exchange(call("functions.weather", "{}"), tools=[WEATHER]), tools=[WEATHER])


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R54",),
    cite=Cite(CREATE, "An array of tools the model may call while generating a response."),
    when=has_type("function_call"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    tools = [tool for tool in _tools(stream) if isinstance(tool, dict)]
    if not tools or any(tool.get("type") in ("tool_search", "namespace") for tool in tools):
        return
    offered = {str(tool.get("name")) for tool in tools if tool.get("type") == "function"}
    for item in stream.view.calls:
        for event, held in item.added[:1] or item.done[:1]:
            name = held.get("name")
            if isinstance(name, str) and name not in offered and not held.get("namespace"):
                yield Fault(f"{item.name} calls {name!r}, offered are {_list(offered)}", event, "/item/name")


def _tools(stream: Stream[ResponsesView]) -> list[object]:
    """The tools of the request, and of the first snapshot."""
    shown = [response.get("tools") for _, _, response in stream.view.snapshots[:1]]
    return [tool for tools in (stream.asked.get("tools"), *shown) if isinstance(tools, list) for tool in tools]


def _list(names: set[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "") if shown else "none"
