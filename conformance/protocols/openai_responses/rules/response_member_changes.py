"""`model` or `created_at` is not the same in all snapshots.

Each snapshot shows the same response, further along. Its model and the time of its creation do not change on the way; a
client that stores the first snapshot and updates its status keeps a wrong model.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_snapshot
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import CREATED_AT, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    stream(*edit(TEXT_EVENTS, "completed", "response.model", "gpt-x-2026-01-01")),
    stream(*edit(TEXT_EVENTS, "completed", "response.created_at", CREATED_AT + 2)),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R09",),
    cite=(
        Cite(OBJECT, "Unix timestamp (in seconds) of when this Response was created."),
        Cite(OBJECT, "Model ID used to generate the response, like `gpt-4o` or `o3`."),
    ),
    when=has_snapshot,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for member in ("model", "created_at"):
        seen: dict[str, int] = {}
        for event, _, response in stream.view.snapshots:
            if response.get(member) is not None:
                seen.setdefault(repr(response[member]), event)
        if len(seen) > 1:
            first, *others = seen
            message = f"{member} is {first[:60]}, then {others[0][:60]}"
            yield Fault(message, seen[others[0]], f"/response/{member}")
