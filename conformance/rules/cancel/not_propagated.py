"""A cancellation does not reach the upstream.

The client closed its connection, and behind the server the generation went on: tokens are made that nobody reads, and
billed; a slot stays taken. Only an observer behind the server can see it: an upstream that notices when its own
connection is closed, the metrics of an engine, a provider's record of the generation.

Without an observer there is no verdict. That a client saw its own connection close says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.cancel.conditions import never, observed, observer_of
from conformance.rules.cancel.samples import cancelled

GOOD = cancelled(observer="upstream", propagated_ms=12.5)
BAD = cancelled(observer="upstream", never=True, waited_ms=10_000)


@rule(
    level=Level.ERROR,
    family=Family.CANCELLATION,
    statements=("X01", "X03", "X03b"),
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
        waited = end.observed.get("waited_ms")
        how_long = f" within {waited / 1000:.1f} s" if isinstance(waited, int | float) else ""
        yield Fault(f"the {observer_of(stream)} saw nothing of the cancellation{how_long}", at=end.at)
