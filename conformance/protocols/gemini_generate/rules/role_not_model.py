"""Content that holds parts does not say that the model produced it.

Clients put the content into the history as it came; the next request with another role is refused, or the answer is
taken for the user's words.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_parts
from ..samples import TEXT
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap('"role":"model"', '"role":"assistant"', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G08",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/content.proto",
        "The producer of the content. Must be either 'user' or 'model'.",
    ),
    when=has_parts,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        for event, pointer, role in candidate.strange:
            yield Fault(f"the role of candidate {candidate.index} is {role!r}, expected 'model'", event, pointer)
