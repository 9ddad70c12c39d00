"""The times of the response are no seconds, or out of order.

`created_at` and `completed_at` are seconds since 1970; a response is completed after it was created. Milliseconds put
the answer into the year 57000, and sort it behind all others. A time of 0 is passed over: recordings whose times were
taken out hold it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_snapshot
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import CREATED_AT, edit, exchange, message, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, stream(*exchange(message("Hello"), created_at=0)).swap('"completed_at":1760000002', '"completed_at":0'))
BAD = (
    stream(*edit(TEXT_EVENTS, "completed", "response.completed_at", CREATED_AT - 1)),
    stream(*exchange(message("Hello"), created_at=CREATED_AT * 1000)).swap(
        '"completed_at":1760000002', '"completed_at":null'
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R56",),
    cite=(
        Cite(OBJECT, "Unix timestamp (in seconds) of when this Response was created."),
        Cite(OBJECT, "Unix timestamp (in seconds) of when this Response was completed."),
    ),
    when=has_snapshot,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    event, _, response = stream.view.snapshots[-1]
    created, completed = response.get("created_at"), response.get("completed_at")
    for member, value in (("created_at", created), ("completed_at", completed)):
        if isinstance(value, int | float) and value and not EARLIEST <= value <= LATEST:
            yield Fault(f"{member} is {value}: no time in seconds since 1970", event, f"/response/{member}")
    if isinstance(created, int | float) and isinstance(completed, int | float) and 0 < completed < created:
        yield Fault(f"completed_at {completed} is before created_at {created}", event, "/response/completed_at")


EARLIEST, LATEST = 1e9, 1e10
