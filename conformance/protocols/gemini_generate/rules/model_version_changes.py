"""The model version is not the same in all chunks.

One response comes from one model. A change in mid-stream means that a router joined two answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_chunks
from ..samples import TEXT
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap('"modelVersion":"gemini-x"', '"modelVersion":"gemini-y"', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G23",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "The model version used to generate the response.",
    ),
    when=has_chunks,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    names = list(stream.view.versions.items())
    if len(names) > 1:
        yield Fault(
            f"{len(names)} model versions in one stream: {names[0][0]!r}, then {names[1][0]!r}",
            names[1][1],
            "/modelVersion",
        )
