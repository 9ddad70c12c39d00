"""A cancelled generation is billed far beyond what had come.

The provider's record says that the generation was cancelled, and counts many times the tokens that had come when the
client left: the provider behind it does not stop, or bills the whole. Told is what is more than four times the events
that had come, and 256 tokens; a few tokens are always on their way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import figure, seen, told
from conformance.rules.cancel.samples import cancelled

TIMES, BEYOND = 4, 256
"""Times the events that had come, and tokens beyond that."""

GOOD = cancelled(
    observer="openrouter-generation", propagated_ms=2_100, resolution_ms=2_100, cancelled=True, events_received=3,
    native_tokens_completion=9,
)  # fmt: skip
BAD = cancelled(
    observer="openrouter-generation", propagated_ms=2_100, resolution_ms=2_100, cancelled=True, events_received=3,
    native_tokens_completion=13_000,
)  # fmt: skip


def counted(stream: Stream[Any]) -> str | None:
    """A provider's record tells that it was cancelled, and the tokens that it counts."""
    reason = seen(stream)
    if reason is not None:
        return reason
    if told(stream, "cancelled") is not True or figure(stream, "native_tokens_completion") is None:
        return "no provider's record of the cancelled generation"
    return None if figure(stream, "events_received") is not None else "what had come was not counted"


@rule(
    level=Level.NOTE,
    family=Family.CANCELLATION,
    statements=("X07",),
    cite=(
        Cite(
            "https://openrouter.ai/docs/client-sdks/python/components/generationresponsedata",
            "Whether the generation was cancelled",
        ),
        Cite(
            "https://github.com/vercel/ai/issues/8325",
            "Vercel AI Gateway keeps fetching the full stream even if the client aborts.",
        ),
    ),
    on=On.RESPONSE,
    when=counted,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    tokens, came = figure(stream, "native_tokens_completion") or 0.0, figure(stream, "events_received") or 0.0
    if tokens > TIMES * came + BEYOND:
        what = f"{tokens:,.0f} tokens are counted of a generation that was cancelled after {came:,.0f} events"
        yield Fault(what, at=stream.recording.end.at)
