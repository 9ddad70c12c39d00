"""Events are about an output item that was never added.

`response.output_item.added` opens an item and says what it is. Everything else is laid into it: without it a client has
nowhere to put the text (OpenAI's stream helper raises), or shows an empty answer. One finding per item.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, ITEM_ADDED
from conformance.protocols.openai_responses.conditions import first_missteps, has_items
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS, TOOL
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TOOL)
BAD = stream(*drop(TEXT_EVENTS, "output_item.added"))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R12", "R66"),
    cite=(ITEM_ADDED, Cite(HELPER, "before receiving its output item")),
    breaks=(
        Breaks("openai-python stream helper", HELPER),
        Breaks("SDK shows an empty reply", "https://github.com/Sophomoresty/gemini-web2api/pull/57"),
    ),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for fault in first_missteps(stream, "item-without-added"):
        yield Fault(f"{fault.message.partition(':')[0]} was not added before {_kind(stream, fault.event)}", fault.event)


def _kind(stream: Stream[ResponsesView], event: int | None) -> str:
    return stream.events[event or 0].kind
