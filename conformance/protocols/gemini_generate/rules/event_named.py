"""An event has a name.

Gemini streams are `data:` lines alone. The official Python client reads the response line by line and takes whatever
does not begin with `data: ` for a piece of JSON, so that an `event:` line ends the stream with an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap("data: ", "event: message\r\ndata: ", 1)


@rule(
    level=Level.ERROR,
    family=Family.FRAMING,
    statements=("G02",),
    cite=Cite(
        "https://github.com/googleapis/python-genai/blob/main/google/genai/_api_client.py",
        'In streaming mode, the response of JSON is prefixed with "data: " which we must strip before parsing.',
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    named = stream.view.named
    if named:
        yield Fault(f"{len(named)} of {len(stream.events)} events carry an `event:` line", named[0])
