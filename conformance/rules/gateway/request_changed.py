"""What the client asked for does not reach the upstream.

A member of the request is dropped or has another value: `stream_options`, so that no usage comes; a stop sequence, a
limit, a tool. The client gets an answer to a question that it did not ask. The model's name is passed over: to map it
is a gateway's trade.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import asked_alike, has_alias, sides, when
from conformance.rules.gateway.samples import ASKED, SAME, TEXT, through
from conformance.rules.gateway.words import quoted

GOOD = (SAME, through(TEXT, TEXT.asking(model="provider/gpt-x")))
BAD = through(
    TEXT.asking(temperature=0.5),
    TEXT.but(request={"model": "gpt-x", "stream": True, "messages": ASKED["messages"], "temperature": 1}),
)


def _extended(value: object, sent: object) -> bool:
    """True where the upstream is asked for all that the client asked for, and more."""
    if not isinstance(value, dict) or not isinstance(sent, dict):
        return False
    return all(name in sent and sent[name] == one for name, one in value.items())


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("W01",),
    cite=Cite(
        "https://github.com/openclaw/openclaw/issues/90495",
        "Gateway does not pass through stream_options.include_usage — usage field missing from streaming SSE responses",
    ),
    on=On.RESPONSE,
    needs=(Evidence.REQUEST,),
    when=when(asked_alike),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    for name, value in found.below.asked.items():
        sent = found.above.asked if found.above is not None else {}
        if name not in sent and value is not None and not has_alias(name, value, sent):
            yield Fault(f"{name} = {quoted(value)} is not asked of the upstream")
        elif name in sent and name != "model" and sent[name] != value and not _extended(value, sent[name]):
            yield Fault(f"{name} is {quoted(sent[name])} for the upstream instead of {quoted(value)}")
