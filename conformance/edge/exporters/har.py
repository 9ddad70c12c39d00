"""An HTTP archive, HAR 1.2: without reads; of the times, those of head and end.

What the format demands and a recording does not hold: a size is -1 then, as HAR has it; times must not be (they are 0),
nor may the date be absent (it is 1970), so a comment says what was not recorded.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from ...core.recording import Headers, Recording
from . import DialectOf

_NEVER = "1970-01-01T00:00:00.000Z"
_UNKNOWN = -1


def export(recordings: Sequence[Recording], dialect_of: DialectOf) -> bytes:
    """The archive as JSON."""
    from ... import __version__

    log = {
        "version": "1.2",
        "creator": {"name": "llm-stream-conformance", "version": __version__},
        "entries": [_entry(recording) for recording in recordings],
    }
    return orjson.dumps({"log": log}, option=orjson.OPT_INDENT_2) + b"\n"


def _entry(recording: Recording) -> dict[str, Any]:
    started, wait, end = _started(recording), recording.headers_at, recording.end.at
    receive = end - wait if end is not None and wait is not None and end >= wait else None
    absent = {"startedDateTime": started, "timings.wait": wait, "timings.receive": receive}
    unknown = [name for name, value in absent.items() if value is None]
    entry: dict[str, Any] = {
        "startedDateTime": started or _NEVER,
        "time": _rounded(end if end is not None else wait),
        "request": _request(recording),
        "response": _response(recording),
        "cache": {},
        "timings": {"send": 0, "wait": _rounded(wait), "receive": _rounded(receive)},
    }
    return {**entry, "comment": f"not recorded: {', '.join(unknown)}"} if unknown else entry


def _started(recording: Recording) -> str | None:
    try:
        at = datetime.fromisoformat(str(recording.metadata.get("recorded")))
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")


def _rounded(milliseconds: float | None) -> float:
    return 0 if milliseconds is None else round(milliseconds, 6)


def _request(recording: Recording) -> dict[str, Any]:
    request = recording.request
    found: dict[str, Any] = {
        "method": request.method,
        "url": request.uri,
        "httpVersion": recording.http_version or "",
        "cookies": [],
        "headers": _fields(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in _query(request.uri)],
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body),
    }
    if request.body:
        found["postData"] = {"mimeType": request.headers.get("content-type") or "", **_text(request.body)}
    return found


def _query(uri: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(uri).query, keep_blank_values=True)
    except ValueError:
        return []


def _response(recording: Recording) -> dict[str, Any]:
    content = {"size": len(recording.body), "mimeType": recording.headers.get("content-type") or ""}
    return {
        "status": recording.status,
        "statusText": recording.reason,
        "httpVersion": recording.http_version or "",
        "cookies": [],
        "headers": _fields(recording.headers),
        "content": {**content, **_text(recording.body)},
        "redirectURL": recording.headers.get("location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN if recording.content_encoding else len(recording.body),
    }


def _fields(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(body: bytes) -> dict[str, str]:
    """`text`, and its encoding where it is no text."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}
