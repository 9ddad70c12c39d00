"""An `error` event is not followed by `response.failed`.

Whatever goes wrong while streaming is told twice: by an `error` event, and by the response that it leaves. A client
that follows the response never learns of the failure where the second is missing. A client that stops at the error
loses what comes behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OPEN
from conformance.protocols.openai_responses.conditions import all_of, has_error, not_cut
from conformance.protocols.openai_responses.samples import ERROR, ERROR_EVENTS, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, put, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = ERROR
BAD = (
    stream(*drop(ERROR_EVENTS, "failed")),
    stream(*put(TEXT_EVENTS, "in_progress", ERROR_EVENTS[2])),
)


@rule(
    level=Level.WARNING,
    family=Family.ERRORS,
    statements=("R28",),
    cite=Cite(OPEN, "Any error incurred while streaming will be followed by a `response.failed` event."),
    when=all_of(has_error, not_cut),
    complete=True,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    terminal, (event, _) = stream.view.terminal, stream.view.errors[0]
    if terminal is None or terminal.step != "failed":
        end = f"response.{terminal.step}" if terminal else "nothing that ends the response"
        yield Fault(f"the error is followed by {end}", event)
