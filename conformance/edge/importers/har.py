"""HTTP archives, HAR 1.2: what browsers and proxies export, and what Polly.js records.

Entries that are evidently no answer of an API (pictures, scripts, styles, pages) are passed over. `send` and `wait`
give the time of the head, `receive` that of the end; Polly.js has one time for all, so it is the end's. A browser that
did not keep the body of a stream writes no `text`: such an entry is left out. Source: HAR 1.2, `content`, `timings`;
Netflix/pollyjs, adapter-node-http (a coded body is a JSON list of pieces, in hexadecimal before version 5).
"""

from __future__ import annotations

import re
from binascii import unhexlify
from typing import Any

import orjson

from ...core.recording import End, EndKind, Recording, Request
from ..form import Allowance, Path, base64_of, get, typed
from ._entries import EntryError, Found, Place, each, halves, pairs, recording, when

TITLE = "HAR 1.2"
FILES = "JSON (.har), also of Polly.js"
HOLDS = "request, headers, framing, the times of head and end; not: timing, reads"
SUFFIXES = (".har", ".json")
_HEAD = re.compile(rb"\A\s*\{\s*\"log\"\s*:\s*\{")
_NO_API = re.compile(r"(?:image|font|audio|video)/|text/(?:css|html|javascript)|application/(?:x-)?(?:javascript|wasm)")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")
_NO_BODY = (204, 205, 304)


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file."""
    return bool(_HEAD.search(head))


def takes(tree: Any) -> bool:
    """True where these values are an archive."""
    return isinstance(tree, dict) and isinstance(tree.get("log"), dict) and "entries" in tree["log"]


def read(tree: Any, source: str, size: int) -> Found:
    """The recordings of an archive's values. Raises FormError where it has no list of entries."""
    path: Path = ("log", "entries")
    creator = tree["log"].get("creator")
    by = str(creator.get("name") or "") if isinstance(creator, dict) else ""
    allowance = Allowance(size)

    def one(entry: Any, at: Path, place: Place) -> Recording | None:
        asked, response = halves(entry, at)
        inner = (*at, "response")
        content = get(response, "content", dict, inner, {})
        kind = str(content.get("mimeType") or "")
        if _NO_API.match(kind) or str(asked.get("url")).startswith(("data:", "blob:", "chrome-extension:")):
            return None
        headers_at, ended = _times(entry, polly=by.startswith("Polly"))
        return recording(
            place,
            _request(asked, (*at, "request"), allowance),
            (_status(response, inner), str(response.get("statusText") or "")),
            pairs(response.get("headers"), (*inner, "headers")),
            _body(content, response, (*inner, "content"), allowance),
            decoded=True,
            end=_end(response, ended),
            http_version=_version(response.get("httpVersion")),
            headers_at=headers_at,
            metadata={"imported_from": TITLE}
            | ({"recorded_with": by} if by else {})
            | when(entry.get("startedDateTime")),
        )

    return each(TITLE, source, typed(tree["log"]["entries"], list, path), path, one)


def _request(asked: dict[str, Any], path: Path, allowance: Allowance) -> Request:
    post = get(asked, "postData", dict, path, {})
    return Request(
        get(asked, "method", str, path, "GET"),
        typed(asked.get("url"), str, (*path, "url")),
        pairs(asked.get("headers"), (*path, "headers")),
        _decoded(post.get("text"), post, (*path, "postData"), allowance),
    )


def _status(response: dict[str, Any], path: Path) -> int:
    status: int = typed(response.get("status"), int, (*path, "status"))
    if status <= 0:
        reason = response.get("_error") or "blocked, cancelled or refused"
        raise EntryError(f"No answer came ({reason}).")
    return status


def _body(content: dict[str, Any], response: dict[str, Any], path: Path, allowance: Allowance) -> bytes:
    """The bytes of the body. Raises EntryError where they are not stored."""
    if content.get("text") is not None:
        return _decoded(content["text"], content, path, allowance)
    sizes = (content.get("size"), response.get("bodySize"), response.get("_transferSize"))
    came = any(isinstance(size, int) and size > 0 for size in sizes)
    if response.get("status") in _NO_BODY or not (came or "event-stream" in str(content.get("mimeType"))):
        return b""
    raise EntryError("The body is not stored (`content.text` is missing): export with content, or record the stream.")


def _decoded(value: Any, holder: dict[str, Any], path: Path, allowance: Allowance) -> bytes:
    text = "" if value is None else typed(value, str, (*path, "text"))
    base64 = holder.get("encoding") == "base64"
    if not base64 and not holder.get("_isBinary"):
        return allowance.text(text, (*path, "text"))
    allowance.text(text, (*path, "text"))
    return b"".join(_piece(piece, base64, (*path, "text")) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    """Polly.js keeps the pieces of a coded body apart, as a JSON list."""
    if not text.startswith("["):
        return [text]
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [text]
    return [str(piece) for piece in found] if isinstance(found, list) else [text]


def _piece(piece: str, base64: bool, path: Path) -> bytes:
    if not base64 and _HEXADECIMAL.match(piece):
        return unhexlify(piece)
    return base64_of(piece, path)


def _times(entry: dict[str, Any], polly: bool) -> tuple[float | None, float | None]:
    """Milliseconds from the request to the head and to the end, as far as they are told. Zero is how HAR, which has no
    word for it, tells that a time is not known."""
    timings = entry.get("timings")
    told = timings if isinstance(timings, dict) else {}
    send, wait, receive = (_time(told.get(name)) or 0.0 for name in ("send", "wait", "receive"))
    if polly or not wait:
        return None, _time(entry.get("time")) or None
    return send + wait, send + wait + receive if receive else None


def _end(response: dict[str, Any], ended: float | None) -> End:
    """How the body ended, as Chrome tells it beside what it kept."""
    error = response.get("_error")
    if not isinstance(error, str) or not error:
        return End(EndKind.EOF, ended)
    return End(EndKind.CANCELLED if "ABORTED" in error else EndKind.TRUNCATED, ended, detail=error)


def _time(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if known else None  # type: ignore[arg-type]


def _version(value: object) -> str | None:
    """`HTTP/2.0`, `http/2.0`, `h2` and `h3` as `HTTP/2` and `HTTP/3`; None for what names none."""
    text = str(value or "").upper().replace("H2", "HTTP/2").replace("H3", "HTTP/3").replace("HTTP/2.0", "HTTP/2")
    return text if re.fullmatch(r"HTTP/\d(\.\d)?", text) else None
