"""Something follows message-end.

The message is closed; clients have stopped reading.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import END, TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(END, END + END)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "Only one message-end event will be emitted.",
    ),
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    return stream.order_faults("event-after-message-end")
