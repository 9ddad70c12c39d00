"""A cassette's plain values to Recordings.

Law: nothing is guessed. What a file does not hold is named in `missing`; what has a wrong type is a `FormError` that
names the place and the next step. A body is handed on after its content coding was undone. What aliases repeat is
converted once and never expanded without bound.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from math import isfinite
from typing import Any

import orjson

from ..core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request, unpack_reads
from .coding import CodingError, is_known, undo
from .form import FormError, Path, get, typed, wrong

_DEPTH = 200
_OTHERS = {
    "http_interactions": "a cassette of Ruby VCR",
    "log": "a HAR archive",
    "Entries": "a recording of the Azure test proxy",
}
_END_KEYS = frozenset({"kind", "at", "by", "detail"})


def recordings_of(tree: Any, source: str, size: int) -> list[Recording]:
    """The recordings of a cassette's values. `size` (bytes) bounds what aliases may blow up. Raises FormError."""
    if not isinstance(tree, dict) or "interactions" not in tree:
        other = next((name for key, name in _OTHERS.items() if isinstance(tree, dict) and key in tree), None)
        what = f"It is {other}, not a vcrpy cassette." if other else "It has no `interactions`: it is no cassette."
        raise FormError((), what, "Give a vcrpy cassette or the text of an event stream (`curl -N`).")
    reader = _Reader(source, size)
    metadata = reader.plain(tree.get("metadata") or {}, ("metadata",))
    if not isinstance(metadata, dict):
        wrong(("metadata",), dict, metadata)
    found = typed(tree["interactions"], list, ("interactions",))
    return [reader.recording(item, metadata, number) for number, item in enumerate(found)]


class _Reader:
    """Reads the interactions of one file."""

    def __init__(self, source: str, size: int) -> None:
        self._source = source
        self._allowance = 10 * size + 100_000
        """Characters that the file's free-form values may still have when aliases count in full."""
        self._seen: dict[tuple[int, str], tuple[bytes, bool, str | None]] = {}
        """Bodies by the identity of their text: an alias costs nothing."""

    def recording(self, item: Any, metadata: Mapping[str, object], number: int) -> Recording:
        """One interaction."""
        at: Path = ("interactions", number)
        typed(item, dict, at)
        request = self._request(typed(item.get("request"), dict, (*at, "request")), (*at, "request"))
        response = typed(item.get("response"), dict, (*at, "response"))
        at = (*at, "response")
        extra: dict[str, Any] = get(response, "recording", dict, at, {})
        inner = (*at, "recording")
        status, reason = _status(response, at)
        headers = _headers(response.get("headers"), (*at, "headers"))
        coding = get(extra, "content_encoding", str, inner)
        if coding is not None:
            headers = Headers([*headers, *_headers(extra.get("headers"), (*inner, "headers"))])
        # where reads were recorded, the recorder undid what it could, and they count the bytes that it left
        coded = None if coding or "reads" in extra else headers.get("content-encoding")
        body, complete, undone = self._body(response, coded or "", at)
        end = _end(extra, (*inner, "end"), self)
        if not complete and "end" not in extra:
            end = End(EndKind.TRUNCATED, detail=f"the {undone} coding has no end")
        reads, missing = _reads(extra, len(body), inner)
        return Recording(
            request=request,
            status=status,
            reason=reason,
            headers=headers,
            body=body,
            reads=reads,
            end=end,
            http_version=get(extra, "http_version", str, inner) or get(response, "http_version", str, at),
            headers_at=_milliseconds(extra, "headers_at", inner),
            content_encoding=coding or undone,
            missing=missing,
            metadata=metadata,
            source=self._source,
            interaction=number,
        )

    def _request(self, request: dict[str, Any], at: Path) -> Request:
        if "uri" not in request and "url" in request:
            raise FormError(at, "It has `url` for `uri`: it is a cassette of go-vcr.", "Give a vcrpy cassette.")
        headers = _headers(request.get("headers"), (*at, "headers"))
        value = request.get("body")
        if value is None and request.get("parsed_body") is not None:
            value = request["parsed_body"]
        if isinstance(value, dict) and list(value) == ["base64_string"]:
            body = _base64(value["base64_string"], (*at, "body"))
        elif isinstance(value, dict | list):
            body = orjson.dumps(self.plain(value, (*at, "body")))
        else:
            body = _bytes(value, (*at, "body"))
        with suppress(CodingError):  # what was asked is not judged; the bytes are kept as they are
            plain, complete = undo(body, headers.get("content-encoding"))
            body = plain if complete else body
        uri = typed(request.get("uri"), str, (*at, "uri"))
        return Request(get(request, "method", str, at, "POST"), uri, headers, body)

    def _body(self, response: dict[str, Any], coding: str, at: Path) -> tuple[bytes, bool, str | None]:
        """The body, whether its coding came to its end, and the coding that was undone."""
        value, at = _raw_body(response, at)
        if isinstance(value, dict | list):
            return orjson.dumps(self.plain(value, at)), True, None
        key = (id(value), coding)
        if key not in self._seen:
            try:
                body, complete = undo(_bytes(value, at), coding)
            except CodingError as error:
                raise FormError(at, error.what, "Correct the header, or record again.") from error
            name = coding.strip().lower()
            self._seen[key] = body, complete, name if is_known(name) else None
        return self._seen[key]

    def plain(self, value: Any, path: Path, depth: int = 0) -> Any:
        """The value, if JSON can hold it and aliases do not blow it up."""
        self._allowance -= 1 + (len(value) if isinstance(value, str) else 0)
        if depth > _DEPTH:
            raise FormError(path[:8], f"It is nested more than {_DEPTH} deep.", "Write the inner part as text.")
        if self._allowance < 0:
            raise FormError(path, "Its aliases make more of it than the file holds.", "Write it without aliases.")
        if isinstance(value, dict):
            for key, item in value.items():
                self.plain(item, (*path, key), depth + 1)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.plain(item, (*path, index), depth + 1)
        elif isinstance(value, float) and not isfinite(value):
            raise FormError(path, "It must be a finite number.", "Write it as text.")
        elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
            raise FormError(path, "It has more than 64 bits.", "Write it as text.")
        elif isinstance(value, bytes):
            raise FormError(path, "It must be text, not bytes.", "Write it as base64, without the tag.")
        return value


def _raw_body(response: dict[str, Any], at: Path) -> tuple[Any, Path]:
    """The value that stands for the body, and where it stands."""
    if "body" not in response:
        for name in ("content", "parsed_body"):  # vcrpy before 6 with httpx; pydantic's serializer
            if name in response:
                return response[name], (*at, name)
        raise FormError(at, "It has no `body`.", "Write `body: {string: ''}` if nothing came, or record again.")
    body = response["body"]
    if not isinstance(body, dict):
        return body, (*at, "body")
    if "base64_string" in body:
        return _base64(body["base64_string"], (*at, "body", "base64_string")), (*at, "body", "base64_string")
    if "string" not in body:
        raise FormError((*at, "body"), "It has no `string`.", "Write `string: ''` if nothing came, or record again.")
    if isinstance(body["string"], dict | list):
        wrong((*at, "body", "string"), str, body["string"])
    return body["string"], (*at, "body", "string")


def _bytes(value: Any, path: Path) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    try:
        encoded: bytes = typed(value, str, path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormError(path, "It holds half a surrogate pair, which is no text.", "Write base64_string.") from error
    return encoded


def _base64(value: Any, path: Path) -> bytes:
    try:
        return base64.b64decode(typed(value, str, path), validate=False)
    except (binascii.Error, ValueError) as error:
        raise FormError(path, f"It is no base64 ({error}).", "Record again, or write `string`.") from error


def _status(response: dict[str, Any], at: Path) -> tuple[int, str]:
    if "status" not in response and "status_code" in response:  # vcrpy before 6 with httpx
        return typed(response["status_code"], int, (*at, "status_code")), ""
    status = typed(response.get("status"), dict, (*at, "status"))
    code = typed(status.get("code"), int, (*at, "status", "code"))
    if not 100 <= code <= 999:
        raise FormError((*at, "status", "code"), f"{code} is no HTTP status.", "Give one from 100 to 599.")
    return code, get(status, "message", str, (*at, "status"), "")


def _headers(value: Any, path: Path) -> Headers:
    """Header fields: `{name: [values]}` or `{name: value}`."""
    items: list[tuple[str, str]] = []
    for name, values in typed({} if value is None else value, dict, path).items():
        several = values if isinstance(values, list) else [values]
        items.extend((name, _field(one, (*path, name))) for one in several)
    return Headers(items)


def _field(value: Any, path: Path) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, int | float):
        return str(value)
    text: str = typed(value, str, path)
    return text


def _milliseconds(mapping: Mapping[str, Any], key: str, path: Path) -> float | None:
    value = mapping.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise FormError((*path, key), f"{str(value)[:40]} is no number of milliseconds.", "Give one of 0 or more.")
    return float(value)


def _end(extra: Mapping[str, Any], path: Path, reader: _Reader) -> End:
    end: dict[str, Any] = get(extra, "end", dict, path[:-1], {})
    kind = get(end, "kind", str, path, "eof")
    if kind not in set(EndKind):
        raise FormError((*path, "kind"), f"{kind[:40]!r} is no end.", f"Give one of {', '.join(EndKind)}.")
    observed = {key: reader.plain(value, (*path, key)) for key, value in end.items() if key not in _END_KEYS}
    by, detail = get(end, "by", str, path), get(end, "detail", str, path)
    return End(EndKind(kind), _milliseconds(end, "at", path), by, detail, observed)


def _reads(extra: Mapping[str, Any], size: int, path: Path) -> tuple[Sequence[Read], frozenset[Evidence]]:
    """The reads, and what the file does not hold."""
    named = get(extra, "missing", list, path, [])
    for index, name in enumerate(named):
        if name not in set(Evidence):
            what = f"{str(name)[:40]!r} is no evidence."
            raise FormError((*path, "missing", index), what, f"Give some of {', '.join(Evidence)}.")
    missing = frozenset(map(Evidence, named))
    packed = get(extra, "reads", str, path)
    if Evidence.READS in missing or (packed is None and (size or not extra)):
        return (), missing | {Evidence.READS, Evidence.TIMING}
    try:
        reads = unpack_reads(packed or "")
    except ValueError as error:
        raise FormError(
            (*path, "reads"), f"It is {error}.", "Write `81.25:214 104.5:14`: milliseconds:bytes."
        ) from error
    total = sum(read.size for read in reads)
    if total != size:
        what = f"The reads add up to {total} bytes, but the body has {size}."
        raise FormError((*path, "reads"), what, "If the body was edited, remove `reads`: they are missing then.")
    if any(later.at < earlier.at for earlier, later in pairwise(reads)):
        raise FormError((*path, "reads"), "Its times go back.", "Put the reads in the order of their times.")
    return reads, missing
