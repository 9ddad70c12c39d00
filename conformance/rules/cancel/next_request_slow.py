"""After a cancellation the next request has to wait.

The first byte of the next answer comes much later than before: what was cancelled still takes a slot. Only what is
beyond five times the slowest answer before, and by more than the limit for the cancellation itself (two seconds, if
nobody says else), is told: a busy server is not to blame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import asked_next, figure, within
from conformance.rules.cancel.samples import cancelled

TIMES = 5
"""Times the slowest answer before."""

GOOD = cancelled(stage="after-events", how="close", baseline_ms=60, next_ms=900, next_status=200)
BAD = cancelled(stage="after-events", how="close", baseline_ms=60, next_ms=4_100, next_status=200)


def timed(stream: Stream[Any]) -> str | None:
    """The next request was answered, and both answers were timed."""
    reason = asked_next(stream)
    if reason is None and (figure(stream, "next_ms") is None or figure(stream, "baseline_ms") is None):
        return "the next answer was not timed, or none before"
    return reason


@rule(
    level=Level.WARNING,
    family=Family.CANCELLATION,
    statements=("X18",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/pull/30020",
        "fix(proxy): release max_parallel_requests slot when a stream is cancelled mid-flight",
    ),
    on=On.RESPONSE,
    when=timed,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    took, before = figure(stream, "next_ms") or 0.0, figure(stream, "baseline_ms") or 0.0
    if took > TIMES * before and took > before + within(stream):
        what = f"the next answer began after {took / 1000:.1f} s, before it took {before / 1000:.1f} s at most"
        yield Fault(what, at=stream.recording.end.at)
