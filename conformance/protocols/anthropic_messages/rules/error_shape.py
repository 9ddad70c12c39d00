"""An error event has not the API's form.

The SDKs raise from `error.type` and `error.message`. An error of another form is raised as something unknown, or not
at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import ERROR
from ..view import MessagesView

GOOD = ERROR
BAD = ERROR.swap('"error":{"type":"overloaded_error","message":"Overloaded"}', '"message":"Overloaded"')


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("M38",),
    cite=Cite(
        "https://platform.claude.com/docs/en/api/errors",
        "Errors are always returned as JSON, with a top-level `error` object that always includes a `type` and "
        "`message` value.",
    ),
    when=has_errors,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    return stream.shape_faults("error-shape")
