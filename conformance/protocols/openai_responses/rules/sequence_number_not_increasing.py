"""A `sequence_number` is not greater than the one before.

The numbers only grow. Where one is repeated or falls back, events were sent twice or in another order than they were
made; a client that sorts by the number, or drops what it has seen, puts the text together wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import NUMBER, NUMBER_GROWS
from conformance.protocols.openai_responses.samples import BACKGROUND, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, BACKGROUND)
BAD = (
    TEXT.swap('"sequence_number":5,', '"sequence_number":4,', 1),
    stream(*TEXT_EVENTS[:5], {**TEXT_EVENTS[5], "sequence_number": 4}, *TEXT_EVENTS[6:]),
)


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("R06", "R43"),
    cite=(NUMBER_GROWS, NUMBER),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    back = [step for step in stream.view.steps if step.number <= step.before]
    if back:
        step, more = back[0], f", and {len(back) - 1} more times" if len(back) > 1 else ""
        yield Fault(f"sequence_number {step.number} after {step.before}{more}", step.event, "/sequence_number")
