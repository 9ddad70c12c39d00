"""The sequence numbers do not count 0, 1, 2, ...

A number that is left out tells the client that an event was lost, so it asks again from there, or gives up. A stream
that takes up an earlier one (`starting_after`) may begin at any number. Where the numbers also fall back, gaps mean
nothing, and `sequence-number-not-increasing` speaks.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import NUMBER_GROWS
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    TEXT.swap('"sequence_number":9,', '"sequence_number":11,', 1),
    stream(*({**event, "sequence_number": number} for number, event in enumerate(TEXT_EVENTS, 1))),
)


@rule(
    level=Level.WARNING,
    family=Family.ORDER,
    statements=("R06", "R49"),
    cite=NUMBER_GROWS,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    view = stream.view
    if any(step.number <= step.before for step in view.steps):
        return
    event, number = view.first_number or (0, 0)
    numbered_before = view.unnumbered is None or view.unnumbered.first > event
    if number > 0 and numbered_before and not view.resumed:
        yield Fault(f"the first sequence_number is {number}, not 0", event, "/sequence_number")
    if view.steps:
        step, places = view.steps[0], len(view.steps)
        more = f", and {places - 1} more gaps" if places > 1 else ""
        yield Fault(f"sequence_number {step.number} after {step.before}{more}", step.event, "/sequence_number")
