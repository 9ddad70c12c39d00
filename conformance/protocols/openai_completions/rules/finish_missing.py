"""A choice never says why it finished.

A stream that ends without a finish reason and without an error was cut, and a client cannot tell it from a whole
answer.
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
BAD = TEXT.swap(FINISH, chunk("!"))


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "The reason the model stopped generating tokens.",
    ),
    complete=True,
    when=has_choices,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        if not choice.finishes and not stream.view.errors:
            yield Fault(f"choice {choice.index} has no finish_reason when the stream ends", choice.last)
