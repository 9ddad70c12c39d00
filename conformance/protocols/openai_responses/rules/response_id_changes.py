"""The `id` of the response is not the same in all snapshots.

The id names the response: it is what `previous_response_id`, retrieval and cancellation ask for. A gateway that makes
one up for the first snapshot and lets another through in the last breaks all three, and OpenAI's stream helper raises.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, OBJECT
from conformance.protocols.openai_responses.conditions import has_snapshot
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = stream(*edit(TEXT_EVENTS, "completed", "response.id", "resp_2"))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R09",),
    cite=(Cite(OBJECT, "Unique identifier for this Response."), Cite(HELPER, "Lifecycle response identity changed.")),
    breaks=(Breaks("openai-python stream helper", HELPER),),
    when=has_snapshot,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for event, _, response in stream.view.snapshots:
        if isinstance(response.get("id"), str):
            seen.setdefault(response["id"], event)
    if len(seen) > 1:
        first, *others = seen
        yield Fault(f"{len(seen)} different ids: {first!r}, then {others[0]!r}", seen[others[0]], "/response/id")
