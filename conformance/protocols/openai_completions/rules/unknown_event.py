"""A payload is neither a completion nor an error.

Clients read `choices` of every payload. One without them, and without usage or an error, is dropped by some and fails
in others; a stream of nothing else yields an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT, event
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.but(body=event({"value": "Hi"}).encode() + TEXT.raw)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "Represents a completion response from the API.",
    ),
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    unknown = [event for event, kind in stream.view.symbols if kind == "unknown"]
    if unknown:
        what = f"{len(unknown)} of {len(stream.events)} payloads are"
        yield Fault(f"{what} neither a completion nor an error", unknown[0])
