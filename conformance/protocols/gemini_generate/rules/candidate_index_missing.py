"""One of several candidates has no index.

With more than one candidate the index alone says which text belongs together. Without it clients join the candidates
into one. One candidate of a chunk may lack it: zero is the default of the proto, and Vertex AI leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_several_candidates
from ..samples import TAIL, TWO_CANDIDATES, event, usage
from ..view import GeminiView

GOOD = TWO_CANDIDATES
BAD = TWO_CANDIDATES.but(
    body=event(
        {
            "candidates": [
                {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"} for text in "ab"
            ],
            "usageMetadata": usage(),
            **TAIL,
        }
    )
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G10",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "Index of the candidate in the list of response candidates.",
    ),
    when=has_several_candidates,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    unindexed = stream.view.unindexed
    if unindexed:
        message = "a chunk with several candidates of which more than one has no `index`, or 0"
        yield Fault(message, unindexed[0], "/candidates")
