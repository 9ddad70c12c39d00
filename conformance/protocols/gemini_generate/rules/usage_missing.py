"""The stream ends without its usage.

Every recorded stream of the API carries `usageMetadata`, cumulative, in its last chunk; billing and budgets read it
there. What stands in an earlier chunk is a running figure. A chunk that follows the finish reason and adds no content
(grounding metadata) may lack it where the finish brought it. Streams that end with an error, or because the prompt was
blocked, are passed over.
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
BAD = TEXT.swap(',"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":3,"totalTokenCount":7}', "")


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("G20",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "Metadata on the generation requests' token usage.",
    ),
    complete=True,
    when=has_chunks,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    view = stream.view
    if view.errors or view.blocked:
        return
    ends = [candidate.symbols[-1][0] for candidate in view.candidates.values() if candidate.finishes]
    if not view.usages:
        yield Fault("no chunk holds `usageMetadata`", view.chunks[-1])
    elif view.usages[-1][0] < (max(ends) if ends else view.chunks[-1]):
        yield Fault("the last chunk with content does not hold `usageMetadata`", view.chunks[-1])
