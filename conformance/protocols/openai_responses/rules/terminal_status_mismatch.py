"""The terminal event and the status of its response say different things.

`response.completed` carries a response whose status is `completed`, and so with `incomplete` and `failed`. Clients look
at the one or the other: where they differ, a failed answer is stored as a good one. A response that was cancelled in
the background may end as `incomplete` or `failed`, because there is no event for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import TERMINAL
from conformance.protocols.openai_responses.conditions import has_terminal
from conformance.protocols.openai_responses.samples import FAILED, FAILED_EVENTS, INCOMPLETE, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, INCOMPLETE, FAILED)
BAD = (
    stream(*edit(TEXT_EVENTS, "completed", "response.status", "in_progress")),
    stream(*edit(FAILED_EVENTS, "failed", "response.status", "completed")),
)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("R08",),
    cite=TERMINAL,
    breaks=(Breaks("OmniRoute", "https://github.com/diegosouzapw/OmniRoute/pull/8210"),),
    when=has_terminal,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for event, step, response in stream.view.terminals:
        status = response.get("status")
        if status != step and (status != "cancelled" or step == "completed"):
            yield Fault(f"response.{step} carries a response with status {status!r}", event, "/response/status")
