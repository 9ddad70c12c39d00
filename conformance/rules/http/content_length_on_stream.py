"""The stream has a Content-Length.

A server that knows the length has the whole answer before it sends the first byte: the stream is made up afterwards, or
a layer in between has collected it. Where the length is wrong, and a stream that was rewritten on its way nearly always
makes it so, clients stop early or wait for bytes that never come.

Cassettes of other tools put a Content-Length into recordings that had none; only our own recordings are judged, and
only where no Transfer-Encoding makes the field void.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import fields
from conformance.rules.http.samples import PLAIN, with_field, without


def _not_chunked(stream: Stream[Any]) -> str | None:
    if "transfer-encoding" in fields(stream):
        return "Transfer-Encoding overrides a Content-Length"
    return None


GOOD = without(PLAIN, "transfer-encoding").paced()
BAD = with_field(without(PLAIN, "transfer-encoding"), "content-length", str(len(PLAIN.raw))).paced()


@rule(
    level=Level.WARNING,
    family=Family.TRANSPORT,
    statements=("S25",),
    cite=(
        Cite(
            "https://github.com/google/capsem/issues/146",
            "SSE / streaming endpoints return a single buffered body with `Content-Length` instead of streaming",
        ),
        Cite(
            "https://github.com/braintrustdata/braintrust-proxy/pull/1124",
            "proxy: strip upstream Content-Length in proxyV1 response headers",
        ),
    ),
    breaks=(
        Breaks("browsers", "https://github.com/braintrustdata/braintrust-proxy/pull/1124"),
        Breaks("Envoy AI Gateway", "https://github.com/envoyproxy/ai-gateway/pull/2392"),
    ),
    on=On.STREAM,
    needs=(Evidence.HEADERS, Evidence.READS),
    when=_not_chunked,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    length = fields(stream).get("content-length")
    if length is not None:
        yield Fault(f"Content-Length is {length}: the length of a stream is not known before its end")
