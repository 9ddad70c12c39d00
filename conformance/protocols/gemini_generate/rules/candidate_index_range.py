"""A candidate has an index that was not asked for.

Without `candidateCount` there is one candidate, the one with index 0. Clients that read the first candidate alone, as
most do, never see the text of another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_candidates
from ..samples import TEXT, TWO_CANDIDATES
from ..view import GeminiView

GOOD = (TEXT, TWO_CANDIDATES)
BAD = (TEXT.swap('"index":0', '"index":1'), TWO_CANDIDATES.swap('"index":1', '"index":2'))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G10",),
    cite=(
        Cite(
            "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
            "Index of the candidate in the list of response candidates.",
        ),
        Cite(
            "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
            "Number of generated responses to return.",
        ),
    ),
    needs=(Evidence.REQUEST,),
    when=has_candidates,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    config = stream.asked.get("generationConfig") or stream.asked.get("generation_config")
    config = config if isinstance(config, dict) else {}
    asked = config.get("candidateCount") or config.get("candidate_count")
    count = asked if isinstance(asked, int) and asked > 0 else 1
    for candidate in stream.view.candidates.values():
        if candidate.index >= count:
            yield Fault(f"a candidate with index {candidate.index}, where {count} was asked for", candidate.first)
