"""A candidate finishes twice.

The finish reason stands in the last chunk of its candidate, once. Clients that act on it (run the calls, close the
message) act twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_candidates
from ..samples import FINISH, TEXT, chunk
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap(FINISH, FINISH + chunk(finish="STOP"))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("G11",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "If empty, the model has not stopped generating tokens.",
    ),
    when=has_candidates,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.order_faults("finish-repeated")
