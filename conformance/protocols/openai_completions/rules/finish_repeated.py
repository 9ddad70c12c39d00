"""A choice finishes twice.

The finish reason says that the model stopped; it does so once.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_choices
from ..samples import FINISH, TEXT
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap(FINISH, FINISH + FINISH)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "The reason the model stopped generating tokens.",
    ),
    when=has_choices,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.order_faults("finish-repeated")
