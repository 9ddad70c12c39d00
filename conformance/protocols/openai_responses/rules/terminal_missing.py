"""The stream ends without a terminal event.

`response.completed`, `response.incomplete` or `response.failed` ends every stream and brings the whole response with
its usage; a stream that dies ends with `error`. Without it nobody knows whether the answer is whole: OpenAI's stream
helper raises, others take half an answer for all of it. `[DONE]` says only that the bytes ended. One whose data is no
JSON is a fault of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import End, EndKind
from conformance.core.rule import Breaks, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import HELPER, NO_COMPLETED, TERMINAL
from conformance.protocols.openai_responses.conditions import garbled, not_cut
from conformance.protocols.openai_responses.samples import ERROR, FAILED, INCOMPLETE, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import drop, stream
from conformance.protocols.openai_responses.view import ResponsesView
from conformance.protocols.openai_responses.wire import TERMINALS

GOOD = (TEXT, INCOMPLETE, FAILED, ERROR, TEXT.but(end=End(EndKind.CANCELLED)))
BAD = (stream(*drop(TEXT_EVENTS, "completed")), stream(*drop(TEXT_EVENTS, "completed"), done=True))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("R07", "R66"),
    cite=(TERMINAL, NO_COMPLETED),
    breaks=(
        Breaks("openai-python stream helper", HELPER),
        Breaks("Codex CLI", "https://github.com/diegosouzapw/OmniRoute/issues/3612"),
    ),
    complete=True,
    when=not_cut,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    view = stream.view
    symbols = {symbol for _, symbol in view.symbols}
    if not symbols & TERMINALS and not view.errors and not garbled(stream, *(f"response.{end}" for end in TERMINALS)):
        last = stream.events[-1]
        message = f"the last event is {last.kind}; no response.completed, .incomplete or .failed, and no error"
        yield Fault(message, last.index)
