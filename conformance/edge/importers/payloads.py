"""Payloads of a stream without the stream: one JSON value per line (JSONL), or one JSON list of them.

What they came in is put back around them, so that they can be judged and played: `data:`, and `event:` where the
payload names its type. None of it was recorded, so nothing is said of framing, comments, `[DONE]`, headers or times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from ...core.recording import Recording
from ...errors import InputError
from ..form import Allowance, Path
from ._entries import NO_FRAMING, Found

TITLE = "payload per line"
FILES = "JSONL, JSON list (.jsonl, .ndjson, .json, .txt)"
HOLDS = "the payloads alone; not: framing, headers, request, timing, reads"
SUFFIXES = (".jsonl", ".ndjson", ".json", ".txt")
_HEAD = re.compile(
    rb"\A\s*(?=\[\s*\{|\{[^\n]*(?:\}\s*\n\s*\{|\Z))[\s\S]*?\""
    rb"(?:object\"\s*:\s*\"(?:chat\.completion\.chunk|text_completion)|event_type\"\s*:\s*\"[a-z]"
    rb"|type\"\s*:\s*\"(?:message[_-]start|response\.created|content[_-]block|content-start|stream-start)"
    rb"|candidates\"\s*:\s*\[|choices\"\s*:\s*\[\s*\{[^\n]{0,200}\"delta|contentBlock(?:Start|Delta)\")"
)
_NAME = re.compile(r"[A-Za-z][\w.-]*\Z")
_DONE = b"[DONE]"


def meant(head: bytes) -> bool:
    """True where the first bytes of a file show payloads of a stream that is known."""
    return bool(_HEAD.match(head))


def takes(tree: Any) -> bool:
    """True where the value is a list of payloads."""
    return (
        isinstance(tree, list)
        and bool(tree)
        and all(isinstance(item, dict) for item in tree)
        and "request" not in tree[0]
    )


def read(tree: Any, source: str, size: int) -> Found:
    """The recording of a list of payloads. Raises FormError."""
    path: Path = ()
    Allowance(size).plain(tree, path)
    return _found((orjson.dumps(item) for item in tree), source)


def takes_bytes(raw: bytes) -> bool:
    """True where the first line is a JSON object, and the next one begins another."""
    first, _, rest = raw[:_FIRST].lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not (first.startswith(b"{") and rest.lstrip()[:1] in (b"{", b"[")):
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


_FIRST = 1 << 24
"""Bytes in which the first line must end."""


def read_bytes(raw: bytes, source: str) -> Found:
    """The recording of payloads by the line. Raises InputError with the line that is none."""
    lines = enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1)
    return _found((_checked(line, number, source) for number, line in lines if line.strip()), source)


def _checked(line: bytes, number: int, source: str) -> bytes:
    try:
        known = line.strip() == _DONE or isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError as error:
        what = f"Line {number} is not JSON: {error.msg} (column {error.colno})."
        raise InputError(source, what, "Give one payload per line; remove or complete that line.") from error
    if not known:
        raise InputError(source, f"Line {number} is no JSON object.", "Give one payload per line.")
    return line


def _found(payloads: Iterable[bytes], source: str) -> Found:
    body = b"".join(map(_framed, payloads))
    return Found(TITLE, [Recording(body=body, missing=NO_FRAMING, source=source, metadata={"imported_from": TITLE})])


def _framed(payload: bytes) -> bytes:
    value = {} if payload.strip() == _DONE else orjson.loads(payload)
    name = value.get("type") or value.get("event_type")
    event = b"event: %b\n" % name.encode() if isinstance(name, str) and _NAME.match(name) else b""
    return event + b"data: " + payload + b"\n\n"
