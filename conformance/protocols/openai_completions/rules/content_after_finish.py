"""A choice goes on after its finish reason.

Clients close the answer at the finish reason; what follows is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_choices
from ..samples import FINISH, TEXT, chunk
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap(FINISH, FINISH + chunk("!"))


@rule(
    level=Level.ERROR,
    family=Family.ORDER,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "The reason the model stopped generating tokens.",
    ),
    when=has_choices,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.order_faults("content-after-finish")
