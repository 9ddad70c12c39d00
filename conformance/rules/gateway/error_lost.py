"""The upstream failed, and the client is told of nothing.

A status of 4xx or 5xx became an empty stream with 200, or an error in the stream was swallowed, and the client reads
a clean end. It has no way to tell the failure from a model that had nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, Framing
from conformance.rules.gateway.conditions import failed, sides, when
from conformance.rules.gateway.samples import FAILED, HELLO, REFUSED, TEXT, through
from conformance.rules.gateway.words import counted

GOOD = (through(FAILED), through(REFUSED))
BAD = (
    through(TEXT.but(body=HELLO, also=("openai-chat/done-missing", "openai-chat/finish-missing")), FAILED),
    through(TEXT.but(body=": nothing\n\n", also=("sse/no-event",)), REFUSED),
)


def _told(found: Comparison) -> str | None:
    broke = found.framing[0] is Framing.TRUNCATED and found.said[0].error is None
    return "the upstream broke off without words: gateway/truncation-laundered speaks for it" if broke else None


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("W04", "T06"),
    cite=(
        Cite(
            "https://github.com/decolua/9router/pull/3051",
            "fix(stream): an empty stream returns HTTP 200 with an empty body",
        ),
        Cite(
            "https://github.com/inference-gateway/inference-gateway/pull/578",
            "the client saw an empty `200` event stream and had no way to tell the request had failed.",
        ),
    ),
    on=On.RESPONSE,
    when=when(failed, _told),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    if found.looks_well:
        had = counted(len(found.below.events), "event")
        ends = f" and reads {', '.join(found.said[1].finish)}" if found.said[1].finish else ""
        yield Fault(
            f"the upstream {found.failed}; the client got {found.below.recording.status}, {had}{ends}, and no error"
        )
