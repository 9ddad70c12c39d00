"""An error in the stream has no `error` object with a message.

The SDKs raise with `error.message` as their text; without it the user reads that some error occurred, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import ERROR
from ..view import CompletionsView

GOOD = ERROR
BAD = ERROR.swap('"message":"overloaded"', '"text":"overloaded"')


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
    return stream.shape_faults("error-shape")
