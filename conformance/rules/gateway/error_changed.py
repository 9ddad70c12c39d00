"""The client reads another error than the upstream told.

The type and the code say what went wrong and whether to try again, the message says what to mend. A gateway that
writes its own in their place ("An error occurred during streaming") leaves its users without. Between protocols types
differ; there the message alone is compared, and it is kept where the client's contains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import failed, sides, when
from conformance.rules.gateway.samples import FAILED, REFUSED, through
from conformance.rules.gateway.words import quoted

GOOD = (through(FAILED), through(REFUSED))
BAD = (
    through(FAILED.swap("server_error", "throttling_error"), FAILED),
    through(REFUSED.swap("Slow down", "An error occurred"), REFUSED),
)


def _both_told(found: Comparison) -> str | None:
    return None if all(side.error for side in found.said) else "one of the two sides tells no error"


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    statements=("W04",),
    cite=Cite(
        "https://github.com/theopenco/llmgateway/pull/676",
        "the error response sent to the client only contained a generic error message",
    ),
    on=On.RESPONSE,
    when=when(failed, _both_told),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    ours, theirs = (side.error for side in found.said)
    if ours is None or theirs is None:
        return
    for what in ("type", "code") if not found.translated else ():
        sent, got = getattr(ours, what), getattr(theirs, what)
        if sent != got:
            yield Fault(f"the error's {what} was {quoted(sent)}, the client reads {quoted(got)}", theirs.event)
    if ours.message and ours.message not in (theirs.message or ""):
        yield Fault(f"the message was {quoted(ours.message)}, the client reads {quoted(theirs.message)}", theirs.event)
