"""The head of the response does not name the generation that the stream names.

With the id of the generation in the head, a client can ask what became of it (its cost, whether it was cancelled) even
when no event arrives. A gateway that promises the field for all its endpoints, and leaves it out or names another id
there, sends its users after a generation that does not exist.

Cassettes of other tools may lack fields that were sent: in them only a field that is there is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.dialect.conditions import promised
from conformance.rules.dialect.samples import PLAIN, promising

RULE = "dialect/generation-id-differs"
FIELD = "x-generation-id"
DIALECT = promising(RULE)

_NAMED = PLAIN.swap('{"text":"Hel"}', '{"id":"gen-1","text":"Hel"}').paced()
GOOD = _NAMED.but(headers=(*PLAIN.headers, (FIELD, "gen-1")))
BAD = (_NAMED, _NAMED.but(headers=(*PLAIN.headers, (FIELD, "gen-2"))))

_FIRST = 4
"""Events among which an id is looked for: all of them name it."""
_promised = promised(RULE)


def _told(stream: Stream[Any]) -> str | None:
    """The dialect promises it, the stream names an id, and the fields are known."""
    reason = _promised(stream)
    if reason is None and _id(stream) is None:
        reason = "the stream names no id"
    if reason is None and FIELD not in stream.recording.headers and not stream.recording.has(Evidence.READS):
        reason = "the recording may lack fields that were sent"
    return reason


def _id(stream: Stream[Any]) -> str | None:
    """The id of the completion, the message or the response that the first events name."""
    for event in stream.events[:_FIRST]:
        data = event.parsed if isinstance(event.parsed, Mapping) else {}
        for holder in (data, data.get("response"), data.get("message")):
            found = holder.get("id") if isinstance(holder, Mapping) else None
            if isinstance(found, str) and found:
                return found
    return None


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("B16",),
    cite=Cite(
        "https://openrouter.ai/docs/api/reference/streaming",
        "The generation ID is returned in the X-Generation-Id response header for all endpoints",
    ),
    on=On.EVENTS,
    needs=(Evidence.HEADERS,),
    when=_told,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    sent, named = stream.recording.headers.get(FIELD), _id(stream)
    if sent is None:
        yield Fault(f"the response has no field X-Generation-Id, and the stream names {named!r}")
    elif sent.strip() != named:
        yield Fault(f"X-Generation-Id is {sent.strip()!r}, and the stream names {named!r}")
