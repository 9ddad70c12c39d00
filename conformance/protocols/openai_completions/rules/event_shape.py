"""A chunk does not fit its schema.

Chunks of legacy completions have the same shape as the whole completion. Typed clients refuse the stream over one
member of another type, or over one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap('"text":"lo"', '"text":null')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "Represents a completion response from the API. Note: both the "
        "streamed and non-streamed response objects share the same shape (unlike the chat endpoint).",
    ),
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    return stream.shape_faults("event-shape")
