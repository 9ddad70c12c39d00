"""Raw event streams: the output of `curl -N`, or of `curl -i -N` with the response's head before the body.

Law: the bytes are the body, as they are. Times and reads are missing, and the headers too unless the head is there; the
request is missing unless a file names it.
"""

from __future__ import annotations

import re
from pathlib import Path

import orjson

from ..core.recording import Evidence, Headers, Recording, Request
from ..errors import InputError
from .coding import CodingError, is_known, undo

HEAD = 4096
"""Bytes by which a file is recognised."""
_BOM = b"\xef\xbb\xbf"
_FIELD = re.compile(rb"(?:data|event|id|retry)(?::|[\r\n]|\Z)|:")
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ENVELOPE = {"method", "uri", "headers", "body"}


def is_stream(head: bytes) -> bool:
    """True where the first bytes of a file are a field or a comment of an event stream, or a response's head."""
    start = head.removeprefix(_BOM).lstrip(b"\r\n")
    return bool(_FIELD.match(start) or _STATUS_LINE.match(start))


def read(raw: bytes, source: str, request: Request | None = None) -> Recording:
    """The recording in a raw stream. Raises InputError where it is none."""
    if not raw.strip():
        raise InputError(source, "It is empty.", "Give the output of `curl -N`, or a cassette.")
    _refuse_others(raw[:HEAD], source)
    version, status, reason, headers, body = _head(raw)
    missing = {Evidence.TIMING, Evidence.READS}
    missing |= {Evidence.HEADERS} if version is None else set()
    missing |= {Evidence.REQUEST} if request is None else set()
    coding = (headers.get("content-encoding") or "").strip().lower()
    try:
        body, _ = undo(body, coding)
    except CodingError as error:
        raise InputError(source, error.what, "Record with `curl -N` without --compressed and --raw.") from error
    return Recording(
        request=request or Request(),
        status=status,
        reason=reason,
        headers=headers,
        body=body,
        http_version=version,
        content_encoding=coding if is_known(coding) else None,
        missing=frozenset(missing),
        source=source,
    )


def _refuse_others(head: bytes, source: str) -> None:
    """Raises InputError where the file is evidently something else."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        what = "It is text in UTF-16, as a redirection of Windows PowerShell writes it."
        raise InputError(source, what, "Record with `curl -N -o FILE`.")
    start = head.removeprefix(_BOM).lstrip(b"\r\n")
    if is_stream(head) or any(_FIELD.match(line) and line[:1] != b":" for line in start.splitlines()):
        return
    if b"\0" in head:
        raise InputError(source, "It holds binary data.", "Give a cassette or the text of an event stream.")
    shown = start.splitlines()[0][:60].decode("utf-8", "backslashreplace") if start else ""
    what = f"It is no cassette, and no event stream either: it begins with {shown!r}."
    hint = "Give a cassette, what `curl -N` (or `curl -i -N`) wrote, or what `conformance import --help` lists."
    raise InputError(source, what, hint)


def _head(raw: bytes) -> tuple[str | None, int, str, Headers, bytes]:
    """HTTP version, status, reason, headers and body. The last of several heads counts: the others are 1xx,
    redirections, or a proxy's."""
    version, status, reason, headers, rest = None, 200, "", Headers(), raw
    while line := _STATUS_LINE.match(rest.lstrip(b"\r\n") if version is None else rest):
        rest = rest.lstrip(b"\r\n") if version is None else rest
        end = _HEAD_END.search(rest, line.end() - 2)
        fields = rest[line.end() : end.start() if end else len(rest)]
        version = rest[: rest.index(b" ")].decode("ascii")
        status, reason = int(line[1]), (line[2] or b"").decode("latin-1").strip()
        headers = Headers(_fields(fields))
        rest = rest[end.end() :] if end else b""
    return version, status, reason, headers, rest


def _fields(raw: bytes) -> list[tuple[str, str]]:
    pairs = (line.partition(b":") for line in raw.splitlines() if b":" in line)
    return [(name.decode("latin-1").strip(), value.decode("latin-1").strip()) for name, _, value in pairs]


def request_of(path: str | Path) -> Request:
    """The request in a JSON file: the body alone, or `{"method", "uri", "headers", "body"}`. Raises InputError."""
    try:
        raw = Path(path).read_bytes()
        value = orjson.loads(raw)
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror}).", "Give a file with the request.") from error
    except orjson.JSONDecodeError as error:
        what = f"It is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        raise InputError(str(path), what, "Give the JSON body of the request.") from error
    if not isinstance(value, dict):
        raise InputError(str(path), "It is no JSON object.", "Give the JSON body of the request.")
    if not ("body" in value and value.keys() <= _ENVELOPE):
        return Request(headers=Headers([("content-type", "application/json")]), body=raw)
    headers, body = value.get("headers") or {}, value["body"]
    if not isinstance(headers, dict) or not all(isinstance(value.get(key, ""), str) for key in ("method", "uri")):
        what = "Its method and uri must be text, its headers a mapping."
        raise InputError(str(path), what, 'Write {"method": "POST", "uri": "...", "headers": {}, "body": {}}.')
    return Request(
        method=value.get("method", "POST"),
        uri=value.get("uri", ""),
        headers=Headers((name, str(one)) for name, found in headers.items() for one in _several(found)),
        body=body.encode() if isinstance(body, str) else orjson.dumps(body),
    )


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
