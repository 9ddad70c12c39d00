"""The status of an output item does not fit its place.

An item that is done is `completed`, `incomplete` or `failed`; one that was added as completed gets no more text and no
more steps. Clients go by the status of the item, not by the event: a search that is still "searching" when it is done
is shown as running for ever. Items without a status (reasoning, lists of MCP tools) are let pass, and so are calls that
a program made (`caller`): they wait for their result.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import FINAL_STATUS, OPEN
from conformance.protocols.openai_responses.conditions import first_missteps, has_items
from conformance.protocols.openai_responses.samples import (
    INCOMPLETE,
    REASONING,
    TEXT,
    TEXT_EVENTS,
    WEB_SEARCH,
    WEB_SEARCH_EVENTS,
)
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import ITEM_STATUSES, ITEM_TYPES, WHOLE_ITEMS

GOOD = (TEXT, WEB_SEARCH, REASONING, INCOMPLETE)
BAD = (
    stream(
        *edit(
            edit(WEB_SEARCH_EVENTS, "output_item.done", "item.status", "searching"),
            "completed",
            "response.output.0.status",
            "searching",
        )
    ),
    stream(*edit(TEXT_EVENTS, "output_item.added", "item.status", "completed")),
    stream(*edit(TEXT_EVENTS, "output_item.added", "item.status", "running")),
    stream(*edit(TEXT_EVENTS, "output_item.added", "item.status", None)),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R23",),
    cite=(
        Cite(OPEN, "`in_progress` - the model is currently emitting tokens belonging to this item"),
        FINAL_STATUS,
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        for event, added in item.added:
            if item.type in ITEM_TYPES and added.get("status") not in (None, *ITEM_STATUSES):
                yield Fault(f"{item.name} is added with status {added['status']!r}", event, "/item/status")
        for event, done in item.done:
            if done.get("status") not in (None, *WHOLE_ITEMS) and not done.get("caller"):
                yield Fault(f"{item.name} is done with status {done['status']!r}", event, "/item/status")
    yield from stream.shape_faults("item-status-wrong")
    for fault in first_missteps(stream, "item-status-wrong"):
        name, kind = fault.message.partition(":")[0], stream.events[fault.event or 0].kind
        yield Fault(f"{name} was already finished when it was added, and then came {kind}", fault.event)
