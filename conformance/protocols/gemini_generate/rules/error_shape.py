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
        "https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto",
        "The `Status` type defines a logical error model that is suitable for different programming environments",
    ),
    when=has_errors,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.shape_faults("error-shape")
