"""A chunk holds neither candidates nor prompt feedback nor usage.

A response brings candidates, or says why the prompt was blocked; a chunk with usage alone is let pass. A chunk with
none of them tells a client nothing, and those that read `candidates[0]` fail on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_chunks
from ..samples import TAIL, TEXT, event
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.but(body=event(TAIL).encode() + TEXT.raw)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G07",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "Candidate responses from the model.",
    ),
    when=has_chunks,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    empty = stream.view.empty
    if empty:
        yield Fault(
            f"{len(empty)} of {len(stream.view.chunks)} chunks without candidates, prompt feedback and usage", empty[0]
        )
