"""The response id is not the same in all chunks.

The id names the response; clients group chunks and ask for support by it.
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
BAD = TEXT.swap('"responseId":"r-1"', '"responseId":"r-2"', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G23",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "response_id is used to identify each response.",
    ),
    when=has_chunks,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    ids = list(stream.view.response_ids.items())
    if len(ids) > 1:
        yield Fault(
            f"{len(ids)} response ids in one stream: {ids[0][0]!r}, then {ids[1][0]!r}", ids[1][1], "/responseId"
        )
