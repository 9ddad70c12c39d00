"""A blocked prompt comes with candidates, or after them.

A block reason says that the prompt was refused before anything was generated. Beside candidates a client cannot tell
whether the answer stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import BLOCKED, TAIL, TEXT, event, usage
from ..view import GeminiView

GOOD = BLOCKED
_LATE = event({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage(3), **TAIL})
BAD = TEXT.but(body=TEXT.raw + _LATE.encode())


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    statements=("G24",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "If set, the prompt was blocked and no candidates are returned.",
    ),
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    yield from stream.order_faults("prompt-blocked-late")
    for late in stream.view.blocked_with_candidates:
        yield Fault("`blockReason` in a chunk that holds candidates", late, "/promptFeedback/blockReason")
