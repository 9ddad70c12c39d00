"""The stream holds `data: [DONE]`.

The sentinel belongs to OpenAI's APIs. A Gemini stream ends with the response body; clients parse every `data:` line
as JSON, and `[DONE]` is none: the official Python client raises UnknownApiResponseError at the end of a good answer.
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
BAD = TEXT.but(body=TEXT.raw + b"data: [DONE]\r\n\r\n")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("G02",),
    cite=Cite(
        "https://github.com/googleapis/python-genai/blob/main/google/genai/_api_client.py",
        "Failed to parse response as JSON.",
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    done = stream.view.done
    if done:
        yield Fault("`[DONE]` in a Gemini stream, which ends with its body", done[0])
