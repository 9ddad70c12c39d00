"""The upstream answered well, and the client is given an error.

The answer was there, was made and is billed; the gateway could not read it: a comment, a line ending, a large event,
a member that it does not know. Where the upstream's stream was not sound itself (data that is no JSON in UTF-8, no end)
a gateway may well complain, and nothing is reported. If there is no end because the gateway hung up, it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.said import Told
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import answered, garbled, sides, when
from conformance.rules.gateway.samples import FAILED, REFUSED, SAME, TEXT, through
from conformance.rules.gateway.words import quoted

GOOD = SAME
BAD = (
    through(
        REFUSED.but(status=502, body='{"error":{"message":"Bad gateway","type":"server_error","code":null}}'), TEXT
    ),
    through(FAILED, TEXT),
)


def _words(error: Told | None) -> str:
    return f": {quoted(error.message or error.type or error.code)}" if error is not None else ""


def _sound(found: Comparison) -> str | None:
    if found.failed or not (found.terminated[0] or found.hung_up):
        return f"the upstream {found.failed or 'did not end its answer'}"
    return garbled(found)


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("W04",),
    cite=Cite(
        "https://github.com/api7/aisix/issues/177",
        "they're discarded by the gateway as it short-circuits to a request-level error.",
    ),
    on=On.RESPONSE,
    when=when(answered, _sound),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    error = found.said[1].error
    if not found.below.succeeded:
        got = f"{found.below.recording.status}{_words(error)}"
        yield Fault(f"the upstream answered 200 and a whole stream; the client got {got}")
    elif error is not None:
        yield Fault(f"the upstream's stream holds no error; the client reads one{_words(error)}", error.event)
