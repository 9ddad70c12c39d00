"""Several functions are called, though the request forbids it.

With `parallel_tool_calls: false` a client runs one function per turn: it takes the first call and drops the others, or
stops.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import CREATE
from conformance.protocols.openai_responses.conditions import all_of, has_type
from conformance.protocols.openai_responses.samples import TWO_TOOLS, TWO_TOOLS_EVENTS
from conformance.protocols.openai_responses.script import TIME, WEATHER, call, exchange, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (
    TWO_TOOLS,
    stream(*exchange(call("weather", "{}"), tools=[WEATHER], parallel_tool_calls=False), parallel_tool_calls=False),
)
BAD = stream(*TWO_TOOLS_EVENTS, tools=[WEATHER, TIME], parallel_tool_calls=False).but(
    also=("openai-responses/request-not-echoed",)
)


def _forbidden(stream: Stream[ResponsesView]) -> str | None:
    shown = (response.get("parallel_tool_calls") for _, _, response in stream.view.snapshots[:1])
    if stream.asked.get("parallel_tool_calls") is False or any(value is False for value in shown):
        return None
    return "parallel tool calls are allowed"


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R54",),
    cite=Cite(CREATE, "Whether to allow the model to run tool calls in parallel."),
    when=all_of(has_type("function_call"), _forbidden),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    calls = stream.view.calls
    if len(calls) > 1:
        yield Fault(f"{len(calls)} function calls, parallel_tool_calls is false", calls[1].first)
