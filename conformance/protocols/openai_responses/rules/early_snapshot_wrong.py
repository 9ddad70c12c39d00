"""An early snapshot shows what is not there yet.

The responses of `response.created`, `response.queued` and `response.in_progress` are empty: status `queued` or
`in_progress`, no output, no error. A client that shows the snapshot shows the text twice when its deltas come, and one
that waits for a status of its end stops at once. Usage has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT, STREAMING
from conformance.protocols.openai_responses.conditions import all_of, began_here, has_snapshot
from conformance.protocols.openai_responses.samples import BACKGROUND, FAILED, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import TERMINALS

GOOD = (TEXT, BACKGROUND, FAILED)
BAD = (
    stream(*edit(TEXT_EVENTS, "created", "response.status", "completed")),
    stream(*edit(TEXT_EVENTS, "in_progress", "response.output", [TEXT_EVENTS[-2]["item"]])),
    stream(*edit(TEXT_EVENTS, "created", "response.error", {"code": "server_error", "message": "?"})),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R11",),
    cite=(
        Cite(OBJECT, "The status of the response generation."),
        Cite(STREAMING, "The response that is in progress."),
    ),
    when=all_of(has_snapshot, began_here),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for event, step, response in stream.view.snapshots:
        if step in TERMINALS:
            continue
        status = response.get("status")
        if status not in (None, "in_progress", "queued"):
            yield Fault(f"response.{step} carries a response with status {status!r}", event, "/response/status")
        for member in ("output", "error"):
            if response.get(member):
                shown = f"{len(response[member])} items" if isinstance(response[member], list) else "an error"
                yield Fault(f"response.{step} already shows {shown}", event, f"/response/{member}")
