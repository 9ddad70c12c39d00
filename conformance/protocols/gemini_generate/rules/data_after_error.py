"""The stream goes on after an error.

An error ends the answer. Clients raise at it and close the connection; what follows nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import ERROR, chunk
from ..view import GeminiView

GOOD = ERROR
BAD = ERROR.but(body=ERROR.raw + chunk({"text": "lo"}, finish="STOP").encode())


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("G25",),
    cite=Cite(
        "https://github.com/googleapis/python-genai/blob/main/google/genai/_api_client.py",
        "When API returns an error message, it comes line by line.",
    ),
    when=has_errors,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.order_faults("data-after-error")
