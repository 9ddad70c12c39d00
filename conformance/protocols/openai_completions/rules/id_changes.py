"""The `id` is not the same in all chunks.

The id names the completion; clients group chunks by it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap('"id":"cmpl-1"', '"id":"cmpl-2"', 1)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "A unique identifier for the completion.",
    ),
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    ids = list(stream.view.ids.items())
    if len(ids) > 1:
        (first, _), (other, event) = ids[:2]
        yield Fault(f"{len(ids)} different ids in one stream: {first!r}, then {other!r}", event, "/id")
