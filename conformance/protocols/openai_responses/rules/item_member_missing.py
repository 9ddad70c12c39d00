"""An output item lacks members that its type has.

A function call has a name and arguments, a search its queries, an MCP call its server; they are there when the item is
added (empty, where they are yet to come), and whole when it is done. Typed clients refuse the event.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN, STREAMING
from conformance.protocols.openai_responses.conditions import has_items
from conformance.protocols.openai_responses.samples import CODE, MCP, TEXT, TEXT_EVENTS, TOOL, TOOL_EVENTS, WEB_SEARCH
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TOOL, MCP, CODE, WEB_SEARCH)
BAD = (
    stream(*edit(TOOL_EVENTS, "output_item.added", "item.name", DELETED)),
    stream(*edit(TEXT_EVENTS, "output_item.added", "item.content", DELETED)),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R21", "R44"),
    cite=(
        Cite(
            OPEN,
            "For `messages`, this means at least the `role`, and for `function_call`, this is at least the `name`.",
        ),
        Cite(OPEN, "All fields not marked nullable MUST have a value."),
        Cite(STREAMING, "The output item that was added."),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("item-member-missing")
