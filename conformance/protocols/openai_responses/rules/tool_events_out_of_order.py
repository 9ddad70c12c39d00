"""The steps of a hosted tool come out of order, or one is missing.

A web search is in progress, searching, completed; a code interpreter writes its code and runs it; an image is
generated; an MCP call completes or fails: all between `added` and `done` of the item. Clients show the steps as they
come and wait for the next. Calls that broke off (their item is done with another status than `completed`), and calls
that are already finished when they are added, are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import first_missteps, has_items
from conformance.protocols.openai_responses.samples import (
    CODE,
    CODE_EVENTS,
    IMAGE,
    IMAGE_EVENTS,
    MCP,
    WEB_SEARCH,
    WEB_SEARCH_EVENTS,
)
from conformance.protocols.openai_responses.script import drop, put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (WEB_SEARCH, CODE, MCP, IMAGE)
BAD = (
    stream(*drop(WEB_SEARCH_EVENTS, "web_search_call.completed")),
    stream(*drop(CODE_EVENTS, "code_interpreter_call.in_progress")),
    stream(
        *put(
            drop(IMAGE_EVENTS, "image_generation_call.generating"),
            "image_generation_call.partial_image",
            IMAGE_EVENTS[4],
        )
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R38",),
    cite=(
        Cite(STREAMING, "Emitted when a web search call is initiated."),
        Cite(STREAMING, "Emitted when a web search call is completed."),
        Cite(STREAMING, "Emitted when the code interpreter is actively interpreting the code snippet."),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "tool-events-out-of-order"):
        kind = stream.events[fault.event or 0].kind
        expected = fault.message.rpartition(", expected ")[2].replace(" or done unfinished", "")
        yield Fault(f"{fault.message.partition(':')[0]}: {kind}, expected {expected}", fault.event)
