"""An error in the stream has not the API's form.

Errors are an object with an integer `code`, a `message` and the name of the status; clients raise from these members.
An error of another form is taken for a broken response.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import ERROR
from ..view import GeminiView

GOOD = ERROR
BAD = ERROR.swap('"code":503,', '"code":"overloaded",')


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("G25",),
    cite=Cite(
        "https://cloud.google.com/apis/design/errors",
        "The error model is logically defined by `google.rpc.Status`",
    ),
    when=has_errors,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    yield from stream.shape_faults("error-shape")
