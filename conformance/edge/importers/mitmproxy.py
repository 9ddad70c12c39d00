"""Flow files of mitmproxy (`mitmdump -w`): typed netstrings, one for each flow.

A body that mitmproxy passed on as a stream (`stream_large_bodies`, `set stream`) is not kept: such a flow is left out.
The last flow may be cut where mitmproxy was stopped. Source: mitmproxy/mitmproxy, mitmproxy/io/tnetstring.py (the
format), mitmproxy/http.py (the state of a flow); keys and text may be bytes in files of versions before 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...core.recording import End, EndKind, Headers, Recording, Request
from ...errors import InputError
from ..form import Path, field_of, typed
from ._entries import EntryError, Found, Place, each, moment, recording
from ._tnetstring import NetstringError, values

TITLE = "mitmproxy"
FILES = "flow dumps (.flow, .flows, .mitm, .dump)"
HOLDS = "request, headers, framing, the times of head and end; not: timing, reads"
SUFFIXES = (".flow", ".flows", ".mitm", ".dump")
_HEAD = re.compile(rb"\A[1-9][0-9]{0,9}:[0-9]{1,2}:[a-z_]{2,30}[;,]")
_PORTS = {"http": 80, "https": 443}


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file."""
    return bool(_HEAD.match(head))


def takes_bytes(raw: bytes) -> bool:
    """True where the file begins as a flow does."""
    return bool(_HEAD.match(raw))


def read_bytes(raw: bytes, source: str) -> Found:
    """The recordings of a flow file. Raises InputError where not even the first flow is whole."""
    cut = []
    try:
        flows = values(raw)
    except NetstringError as error:
        flows = error.before
        if not flows:
            raise InputError(source, f"It is no flow file: {error}", "Write it again: mitmdump -w FILE.") from error
        cut = [f"flow {len(flows)}: The file ends within it, or is damaged ({error})"]
    found = each(TITLE, source, flows, (), _flow)
    return found._replace(left=[*found.left, *cut])


def _flow(flow: Any, at: Path, place: Place) -> Recording | None:
    typed(flow, dict, at)
    if "request" not in flow or flow.get("websocket"):
        return None  # TCP, UDP, DNS, WebSocket
    request = typed(flow["request"], dict, (*at, "request"))
    error = flow.get("error")
    said = _text(error.get("msg")) if isinstance(error, dict) else ""
    if flow.get("response") is None:
        raise EntryError(f"No answer came ({said or 'no response is stored'}).")
    response = typed(flow["response"], dict, (*at, "response"))
    if response.get("content") is None:
        cut = said or response.get("timestamp_end") is None
        why = f"the connection broke: {said}".rstrip(": ") if cut else "mitmproxy passed it on as a stream"
        raise EntryError(f"The body is not stored ({why}).")
    started = request.get("timestamp_start")
    ended = _since(started, response.get("timestamp_end"))
    return recording(
        place,
        _request(request, (*at, "request")),
        (typed(response.get("status_code"), int, (*at, "response", "status_code")), _text(response.get("reason"))),
        _headers(response, (*at, "response")),
        _body(response, (*at, "response")),
        end=End(EndKind.TRUNCATED, ended, detail=said) if said else End(EndKind.EOF, ended),
        http_version=_text(response.get("http_version")).replace("/2.0", "/2") or None,
        headers_at=_since(started, response.get("timestamp_start")),
        metadata={"imported_from": TITLE} | moment(started),
    )


def _request(request: Mapping[str, Any], path: Path) -> Request:
    headers = _headers(request, path)
    scheme, name = _text(request.get("scheme")) or "https", _text(request.get("host"))
    port = request.get("port")
    netloc = name if port in (None, 0, _PORTS.get(scheme)) else f"{name}:{port}"
    netloc = _text(request.get("authority")) or headers.get("host") or netloc
    body = _body(request, path) if request.get("content") is not None else b""
    uri = _text(request.get("path"))
    uri = uri if "://" in uri.partition("?")[0] else f"{scheme}://{netloc}{uri}"
    return Request(_text(request.get("method")) or "GET", uri, headers, body)


def _headers(message: Mapping[str, Any], path: Path) -> Headers:
    found = []
    for index, item in enumerate(typed(message.get("headers", []), list, (*path, "headers"))):
        pair = typed(item, list, (*path, "headers", index))
        if len(pair) == 2:
            found.append((field_of(pair[0], path), field_of(pair[1], path)))
    return Headers(found)


def _body(message: Mapping[str, Any], path: Path) -> bytes:
    body: bytes = typed(message["content"], bytes, (*path, "content"))
    return body


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""


def _since(start: object, end: object) -> float | None:
    """Milliseconds between two times in seconds; None where one is missing or they go back."""
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return None
    return round((end - start) * 1000, 3) if 0 <= end - start < 1e9 else None
