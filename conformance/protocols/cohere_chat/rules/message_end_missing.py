"""The stream ends without message-end.

message-end says why the message finished and what it cost; without it a client cannot tell a whole answer from one
that was cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import END, TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(END, "")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "The final event in the stream indicating the end of the streamed response.",
    ),
    complete=True,
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    if not stream.view.ends:
        yield Fault("the stream ends without message-end", stream.events[-1].index)
