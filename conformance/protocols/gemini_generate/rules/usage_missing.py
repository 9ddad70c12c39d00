"""The last chunk holds no usage.

Every recorded stream of the API carries `usageMetadata`, cumulative, in its last chunk; billing and budgets read it
there. Streams that end with an error are passed over.
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
    if not view.errors and (not view.usages or view.usages[-1][0] != view.chunks[-1]):
        where = "no chunk holds" if not view.usages else "the last chunk does not hold"
        yield Fault(f"{where} `usageMetadata`", view.chunks[-1])
