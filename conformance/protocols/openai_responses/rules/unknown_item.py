"""An output item has a type that nobody has described.

The types are those of OpenAI's API; a server that adds its own puts its name before it (`acme:search_result`). A client
that does not know the type can neither show the item nor send it back.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.conditions import has_items
from conformance.protocols.openai_responses.samples import MCP, TEXT, TOOL
from conformance.protocols.openai_responses.script import exchange, stream, tool
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import ITEM_TYPES

GOOD = (TEXT, TOOL, MCP)
BAD = stream(*exchange(tool("thought_call", {}, {})))


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("R44",),
    cite=Cite(
        OPEN, "New item types that are not part of this specification MUST be prefixed with the implementor slug"
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        if item.type is not None and item.type not in ITEM_TYPES and ":" not in item.type:
            yield Fault(f"{item.type[:80]!r} is no item of the Responses API", item.first, "/item/type")
