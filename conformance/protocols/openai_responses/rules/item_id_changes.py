"""An output item has another id in its later events.

The `id` of the item, and the `item_id` of every event about it, are one and the same from `added` to `done`. Clients
key their state by it: where it changes, a delta finds no item ("reasoning part ... not found"). GitHub Copilot sends a
new one with every event. One finding per item.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, STREAMING
from conformance.protocols.openai_responses.conditions import has_items
from conformance.protocols.openai_responses.samples import MCP, SHELL, TEXT, TEXT_EVENTS, TOOL_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, MCP, SHELL)
BAD = (
    stream(*edit(TEXT_EVENTS, "output_text.delta", "item_id", "msg_9", which=1)),
    stream(*edit(TOOL_EVENTS, "output_item.done", "item.id", "fc_9")).but(
        also=("openai-responses/output-differs-from-items",)
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R13",),
    cite=Cite(STREAMING, "The ID of the output item that the text delta was added to."),
    breaks=(
        Breaks("AI SDK", "https://github.com/BerriAI/litellm/issues/30071"),
        Breaks("openai-python stream helper", HELPER),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        if len(item.ids) > 1:
            first, *others = item.ids
            message = f"{item.name} has {len(item.ids)} different ids: {first[:60]!r}, then {others[0][:60]!r}"
            yield Fault(message, item.ids[others[0]])
