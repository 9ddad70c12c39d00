"""An HTTP/2 response has a header field that HTTP/2 forbids.

`Connection`, `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding` and `Upgrade` belong to one HTTP/1.1 connection. A
server framework that adds `Connection: keep-alive` to every event stream makes its HTTP/2 responses malformed: Safari
drops the stream, other clients report a protocol error, and some let it pass.
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

_FORBIDDEN = ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")


def _http2(stream: Stream[Any]) -> str | None:
    version = stream.recording.http_version
    if version is None:
        return "the HTTP version is not recorded"
    return None if version.startswith("HTTP/2") else f"the response is {version}"


_HTTP2 = without(PLAIN, "transfer-encoding").but(http_version="HTTP/2")

GOOD = _HTTP2
BAD = with_field(_HTTP2, "connection", "keep-alive")


@rule(
    level=Level.ERROR,
    family=Family.TRANSPORT,
    statements=("T02",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2",
        "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields.",
    ),
    breaks=(
        Breaks("Safari", "https://github.com/bartblast/hologram/issues/1262"),
        Breaks("browsers behind HTTP/2 proxies", "https://github.com/nestjs/nest/issues/17588"),
    ),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS,),
    when=_http2,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    headers = fields(stream)
    for name in _FORBIDDEN:
        value = headers.get(name)
        if value is not None:
            yield Fault(f"`{name}: {value[:60]}` in an HTTP/2 response")
