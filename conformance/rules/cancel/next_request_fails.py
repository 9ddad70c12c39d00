"""After a cancellation the next request fails.

A client left, and the next one is refused, or gets no answer at all, though the same request was answered before:
the server died of it, or counts the cancelled request as if it still ran, against a limit of requests at once. Short
requests before and after each cancellation show it; what the server refused before, too, says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import asked_next, figure, word
from conformance.rules.cancel.samples import cancelled

GOOD = cancelled(stage="after-events", how="close", baseline_ms=60, baseline_status=200, next_ms=62, next_status=200)
BAD = (
    cancelled(stage="after-events", how="close", baseline_ms=60, baseline_status=200, next_status=429),
    cancelled(stage="after-events", how="reset", baseline_ms=60, baseline_status=200, next_error="connection refused"),
)


@rule(
    level=Level.WARNING,
    family=Family.CANCELLATION,
    statements=("X18",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/pull/30020",
        "fix(proxy): release max_parallel_requests slot when a stream is cancelled mid-flight",
    ),
    on=On.RESPONSE,
    when=asked_next,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    status, error = figure(stream, "next_status"), word(stream, "next_error")
    if error is not None:
        yield Fault(f"the next request got no answer: {error}", at=stream.recording.end.at)
    elif status is not None and status >= 400:
        yield Fault(f"the next request was answered with status {status:.0f}", at=stream.recording.end.at)
