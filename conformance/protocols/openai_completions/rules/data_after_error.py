"""The stream goes on after an error.

Clients raise at the error; what follows nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import ERROR, chunk
from ..view import CompletionsView

GOOD = ERROR
BAD = ERROR.but(body=ERROR.raw + chunk("!").encode())


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    cite=Cite(
        "https://platform.openai.com/docs/guides/error-codes",
        "error",
    ),
    when=has_errors,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.order_faults("data-after-error")
