"""An output item, or an event about one, has no id.

Every item has an `id`, and every event inside it repeats it as `item_id`. Clients store items by it and send it back in
the next turn. (The events of a shell command have none in OpenAI's own description.)
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN, STREAMING
from conformance.protocols.openai_responses.conditions import has_items, missing_members
from conformance.protocols.openai_responses.samples import SHELL, TEXT, TEXT_EVENTS, TOOL_EVENTS
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, SHELL)
BAD = (
    stream(*edit(TEXT_EVENTS, "output_text.done", "item_id", DELETED)),
    stream(
        *edit(edit(TOOL_EVENTS, "output_item.done", "item.id", DELETED), "completed", "response.output.0.id", DELETED)
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R13", "R44"),
    cite=(
        Cite(STREAMING, "The ID of the output item that the text content is finalized."),
        Cite(OPEN, "A unique, opaque identifier for this item within the trajectory or session."),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return missing_members(stream, "item-id-missing")
