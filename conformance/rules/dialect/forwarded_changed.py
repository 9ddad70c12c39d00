"""A stream that is promised to be forwarded unmodified was changed on its way.

A gateway that writes the stream anew may lose what it does not know: members of other providers, comments, blanks that
hide sizes. Whoever promises to forward the bytes can be held to the bytes: where the upstream can be watched (a replay
server behind the gateway), the recorder writes down what it sent, and here the two are compared.

`end.observed` of the recording holds `upstream_bytes` and `upstream_sha256` of the body that the upstream sent, or the
upstream's side of the exchange is recorded beside it (`conformance gateway`). Without one of them nobody knows what was
forwarded, and the rule does not apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from conformance.core.example import Example
from conformance.core.finding import Family, Level
from conformance.core.recording import End
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import comparison_of
from conformance.rules.dialect.conditions import promised
from conformance.rules.dialect.samples import PLAIN, promising

RULE = "dialect/forwarded-changed"
DIALECT = promising(RULE)


def _sent(stream: Example) -> Example:
    """The stream, as one that was forwarded from an upstream that was watched."""
    seen = {"upstream_bytes": len(stream.raw), "upstream_sha256": sha256(stream.raw).hexdigest()}
    return stream.but(end=End(observed={"observer": "upstream", **seen}))


GOOD = _sent(PLAIN)
BAD = _sent(PLAIN).swap('{"text":"lo"}', '{"text": "lo"}')

_promised = promised(RULE)


def _written(stream: Stream[Any]) -> tuple[object, str] | None:
    """Number and digest of the bytes that the upstream sent, as far as somebody saw them."""
    seen = stream.recording.end.observed
    digest = seen.get("upstream_sha256")
    if isinstance(digest, str):
        return seen.get("upstream_bytes", "an unknown number of"), digest
    both = comparison_of(stream)
    above = both.above if both is not None else None
    return (len(above.recording.body), sha256(above.recording.body).hexdigest()) if above is not None else None


def _watched(stream: Stream[Any]) -> str | None:
    """The dialect promises it, and somebody saw what the upstream sent."""
    if reason := _promised(stream):
        return reason
    if _written(stream) is None:
        return "not observed: the recording does not say what the upstream sent"
    return f"the transport broke off ({stream.cut})" if stream.cut else None


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("D03",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-7.7",
        "A proxy that transforms the content of a 200 (OK) response can inform downstream recipients",
    ),
    on=On.STREAM,
    complete=True,
    when=_watched,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    written, body = _written(stream), stream.recording.body
    if written is not None and sha256(body).hexdigest() != written[1]:
        yield Fault(f"the upstream sent {written[0]} bytes, {len(body)} arrived, and they are not the same")
