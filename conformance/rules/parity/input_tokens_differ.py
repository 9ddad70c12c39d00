"""The prompt is counted otherwise when its answer is streamed.

The request is the same but for `stream`, so the prompt has the same number of tokens. Where the two numbers differ, one
of them was estimated, or counts something else, and a bill depends on the way of asking.

Tokens that were read from a cache, or written into one, are added where the API counts them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.answers import Places, follow, usage_of
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import both_count, messages, when
from conformance.rules.parity.samples import TEXT

GOOD = TEXT
BAD = TEXT.but(
    twin=str(TEXT.twin).replace('"prompt_tokens":9,', '"prompt_tokens":725,').replace('tokens":11', 'tokens":727')
)


def _count(places: Places, message: dict[str, Any]) -> int | None:
    usage = usage_of(places, message)
    counts = [value for path in places.input for value in follow(usage, path) if type(value) is int]
    return sum(counts) if counts else None


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/6488",
        "[Bug]: Prompt tokens different in streaming/non-streaming request to vision model",
    ),
    when=when(both_count),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    places, streamed, whole = messages(stream)
    counts = _count(places, streamed), _count(places, whole)
    if None not in counts and counts[0] != counts[1]:
        yield Fault(f"the prompt has {counts[0]} tokens in the stream, and {counts[1]} in the unstreamed answer")
