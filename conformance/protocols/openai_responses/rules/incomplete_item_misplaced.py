"""An incomplete item stands before other items, or in a response that is complete.

An item is incomplete because the tokens ran out: nothing can come after it, and the response is incomplete too. A
client that looks at the response alone takes half a message for a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.conditions import has_finished_items
from conformance.protocols.openai_responses.samples import INCOMPLETE, TEXT
from conformance.protocols.openai_responses.script import exchange, message, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (INCOMPLETE, TEXT)
BAD = (
    stream(*exchange(message("Once", status="incomplete"))),
    stream(
        *exchange(
            message("Once", status="incomplete"),
            message("Again", index=1, status="incomplete"),
            end="incomplete",
            final={"incomplete_details": {"reason": "max_output_tokens"}},
        )
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("R25",),
    cite=Cite(
        OPEN,
        "If an item ends in a terminal state, it MUST be the last item emitted, and the containing response also MUST "
        "be in an `incomplete` state.",
    ),
    when=has_finished_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    view, items = stream.view, list(stream.view.items.values())
    for item in items:
        if item.final is None or item.final.get("status") != "incomplete":
            continue
        event = item.done[-1][0]
        if item is not items[-1]:
            yield Fault(f"{item.name} is incomplete, but {items[-1].name} comes after it", event, "/item/status")
        if view.terminal is not None and view.terminal.step == "completed":
            yield Fault(f"{item.name} is incomplete, but the response is completed", event, "/item/status")
