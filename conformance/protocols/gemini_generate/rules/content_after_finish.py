"""A candidate goes on after its finish reason.

Clients close the answer at the finish reason; parts that follow are lost, or appended to a message that was already
shown as complete. An empty text adds nothing, and is passed over.
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
BAD = TEXT.swap(FINISH, FINISH + chunk({"text": "?"}))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("G13",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "If empty, the model has not stopped generating tokens.",
    ),
    when=has_candidates,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.order_faults("content-after-finish")
