"""The stream is silent for more than 15 seconds.

Proxies and clients close connections on which nothing moves, some of them soon. A comment line about every 15 seconds,
or the protocol's own event for it, keeps the connection and tells the client that the server is still at work.

Counted from the response's head to the event that ends the answer. Silences of more than a minute are reported by
`timing/silent-for-a-minute` instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.timing.samples import PLAIN, timed, token
from conformance.rules.timing.silence import fatal, longest, noticed


def _shorter(stream: Stream[Any]) -> str | None:
    return "a longer silence is reported: timing/silent-for-a-minute" if fatal(longest(stream)) else None


GOOD = (
    PLAIN,
    timed([(50.0, token(0)), (14_900.0, ": ping\n\n"), (29_000.0, token(1))], 29_001.0),
)
BAD = timed([(50.0, token(0)), (25_000.0, token(1))], 25_001.0)


@rule(
    level=Level.WARNING,
    family=Family.LATENCY,
    statements=("S16",),
    cite=(
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes",
            "To protect against such proxy servers, authors can include a comment line (one starting with a ':' "
            "character) every 15 seconds or so.",
        ),
        Cite(
            "https://openrouter.ai/docs/guides/get-started/for-providers",
            "send SSE comments as keep-alives so we know you're still working on the request. Otherwise we may cancel "
            "with a fetch timeout and fallback to another provider",
        ),
    ),
    breaks=(Breaks("OpenRouter", "https://openrouter.ai/docs/guides/get-started/for-providers"),),
    on=On.STREAM,
    needs=(Evidence.TIMING, Evidence.READS),
    when=_shorter,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    silence = longest(stream)
    if noticed(silence):
        yield Fault(f"no byte for {silence.length / 1000:.1f} s, expected a keep-alive after 15 s", at=silence.at)
