"""The stream is silent for more than a minute.

60 seconds without a byte is where nginx, and much that was built after it, closes the connection to the server: behind
such a proxy the answer does not arrive at all. A comment line now and then is enough to prevent it.

Counted from the response's head to the event that ends the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.timing.samples import PLAIN, timed, token
from conformance.rules.timing.silence import fatal, longest

GOOD = PLAIN
BAD = timed([(50.0, token(0)), (75_000.0, token(1))], 75_001.0)


@rule(
    level=Level.ERROR,
    family=Family.LATENCY,
    statements=("S16",),
    cite=(
        Cite(
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
            "If the proxied server does not transmit anything within this time, the connection is closed.",
        ),
        Cite(
            "https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes",
            "Legacy proxy servers are known to, in certain cases, drop HTTP connections after a short timeout.",
        ),
    ),
    breaks=(Breaks("nginx", "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout"),),
    on=On.STREAM,
    needs=(Evidence.TIMING, Evidence.READS),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    silence = longest(stream)
    if fatal(silence):
        yield Fault(f"no byte for {silence.length / 1000:.1f} s, expected a keep-alive after 15 s", at=silence.at)
