"""Usage has other members when the answer is streamed.

A figure that one way of asking tells and the other does not: cached tokens, the tokens of the thoughts. Whoever adds up
costs from streams misses it without a sign. Members that are null count as absent, and so do those that are zero:
some servers leave them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.core.answers import usage_of
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import both_count, messages, when
from conformance.rules.parity.samples import TEXT

GOOD = TEXT
BAD = TEXT.but(
    twin=str(TEXT.twin).replace('"total_tokens":11}', '"total_tokens":11,"prompt_tokens_details":{"cached_tokens":8}}')
)


def _members(usage: Mapping[str, Any], under: str = "") -> set[str]:
    """`prompt_tokens`, `prompt_tokens_details.cached_tokens`: every member that holds something."""
    found: set[str] = set()
    for name, value in usage.items():
        if isinstance(value, Mapping):
            found |= _members(value, f"{under}{name}.")
        elif value:
            found.add(f"{under}{name}")
    return found


@rule(
    level=Level.NOTE,
    family=Family.USAGE,
    cite=(
        Cite(
            "https://github.com/jundot/omlx/issues/919",
            "cached_tokens missing from non-streaming chat/completion responses",
        ),
        Cite(
            "https://github.com/8monkey-ai/hebo-gateway/issues/187",
            "/v1/messages streaming response missing cache_read_input_tokens and cache_creation_input_tokens",
        ),
    ),
    when=when(both_count),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    places, streamed, whole = messages(stream)
    told, wanted = _members(usage_of(places, streamed)), _members(usage_of(places, whole))
    if lacking := sorted(wanted - told):
        yield Fault(f"the unstreamed answer tells {', '.join(lacking)}, the stream does not")
    if beyond := sorted(told - wanted):
        yield Fault(f"the stream tells {', '.join(beyond)}, the unstreamed answer does not")
