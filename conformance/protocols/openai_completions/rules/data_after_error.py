"""The stream goes on after an error.

Clients raise at the error and close the connection; what follows nobody reads, and a good end hides the failure.
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
        "https://github.com/openai/openai-python/blob/main/src/openai/_streaming.py",
        'message = "An error occurred during streaming"',
    ),
    when=has_errors,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.order_faults("data-after-error")
