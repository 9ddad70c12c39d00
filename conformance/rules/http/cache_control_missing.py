"""The stream has no Cache-Control.

`no-cache` keeps stores from holding a stream, `no-transform` keeps proxies and middleware from compressing it, which
delays its events. OpenAI and Google send neither and get along; it is worth knowing where events arrive late.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import fields, headers_look_whole
from conformance.rules.http.samples import PLAIN, without

GOOD = PLAIN
BAD = without(PLAIN, "cache-control")


@rule(
    level=Level.NOTE,
    family=Family.TRANSPORT,
    statements=("S24",),
    cite=Cite(
        "https://github.com/Mng-dev-ai/agentrove/pull/869",
        "fix: mark SSE feeds no-transform so proxy compression can't stall them",
    ),
    breaks=(Breaks("Traefik, Caddy (compression)", "https://github.com/Mng-dev-ai/agentrove/pull/869"),),
    on=On.STREAM,
    needs=(Evidence.HEADERS,),
    when=headers_look_whole,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if "cache-control" not in fields(stream):
        yield Fault("no Cache-Control: expected `no-cache`, better with `no-transform`")
