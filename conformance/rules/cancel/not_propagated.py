"""A cancellation does not reach the upstream.

The client closed its connection, and behind the server the generation went on: tokens are made that nobody reads, and
billed; a slot stays taken. Only an observer behind the server can see it: an upstream that notices when its own
connection is closed, the metrics of an engine, a provider's record of the generation.

Without an observer there is no verdict. That a client saw its own connection close says nothing. Passed over are a
half-close, which does not ask for an end, and answers that do not stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import figure, never, observed, observer_of, told
from conformance.rules.cancel.samples import cancelled

GOOD = cancelled(observer="upstream", propagated_ms=12.5)
BAD = (
    cancelled(observer="upstream", never=True, waited_ms=10_000),
    cancelled(stage="after-events", how="close", observer="upstream", never=True, waited_ms=812.5, ran_to_end=True),
)


@rule(
    level=Level.ERROR,
    family=Family.CANCELLATION,
    statements=("X01", "X03", "X03b", "X07", "X08", "X10", "X11", "X12", "X13"),
    cite=(
        Cite(
            "https://github.com/vercel/ai/issues/8325",
            "Vercel AI Gateway keeps fetching the full stream even if the client aborts.",
        ),
        Cite(
            "https://github.com/BerriAI/litellm/pull/30245",
            "fix(proxy): close upstream LLM stream when client disconnects mid-stream",
        ),
    ),
    breaks=(Breaks("users of the Vercel AI Gateway", "https://github.com/vercel/ai/issues/8325"),),
    on=On.RESPONSE,
    when=observed,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if never(stream):
        end = stream.recording.end
        waited = figure(stream, "waited_ms")
        how_long = "" if waited is None else f" within {waited / 1000:.1f} s"
        ran_on = ", and ran on to its end" if ran_to_its_end(stream) else ""
        yield Fault(f"the observer {observer_of(stream)} saw nothing of the cancellation{how_long}{ran_on}", at=end.at)


def ran_to_its_end(stream: Stream[Any]) -> bool:
    """True where the observer saw the work come to its own end."""
    return told(stream, "ran_to_end") is True or (figure(stream, "completed") or 0) > 0
