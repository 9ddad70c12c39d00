"""An output item is never finished.

`response.output_item.done` closes every item and brings it whole. A client that waits for it runs no tool and shows no
end; one that builds its history from finished items loses it. Streams that failed are passed over. OpenAI itself leaves
it out for `mcp_list_tools` now and then.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import ITEM_DONE
from conformance.protocols.openai_responses.conditions import all_of, has_items, not_broken_off
from conformance.protocols.openai_responses.samples import FAILED, MCP, MCP_EVENTS, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, MCP, FAILED)
BAD = (
    stream(*drop(MCP_EVENTS, "output_item.done")),
    stream(*drop(TEXT_EVENTS, "output_item.done")),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R12", "R66"),
    cite=ITEM_DONE,
    complete=True,
    when=all_of(has_items, not_broken_off),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        if item.added and not item.done:
            yield Fault(f"{item.name} was added, but never done", item.added[0][0])
