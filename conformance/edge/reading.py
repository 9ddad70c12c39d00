"""A cassette's plain values to Recordings.

Law: nothing is guessed. What a file does not hold is named in `missing`; what has a wrong type is a `FormError` that
names the place and the next step. A body is handed on after its content coding was undone. What aliases repeat is
converted once and never expanded without bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import orjson

from ..core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request, unpack_reads
from .coding import CodingError, is_known, undo
from .form import Allowance, FormError, Path, base64_of, bytes_of, get, headers_of, typed, wrong

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
        self.plain = Allowance(size).plain
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
        headers = headers_of(response.get("headers"), (*at, "headers"))
        coding = get(extra, "content_encoding", str, inner)
        if coding is not None:
            headers = Headers([*headers, *headers_of(extra.get("headers"), (*inner, "headers"))])
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
            writes=_unpacked(extra, "writes", inner),
            missing=missing,
            metadata=metadata,
            source=self._source,
            interaction=number,
        )

    def _request(self, request: dict[str, Any], at: Path) -> Request:
        if "uri" not in request and "url" in request:
            raise FormError(at, "It has `url` for `uri`: it is a cassette of go-vcr.", "Give a vcrpy cassette.")
        headers = headers_of(request.get("headers"), (*at, "headers"))
        value = request.get("body")
        if value is None and request.get("parsed_body") is not None:
            value = request["parsed_body"]
        if isinstance(value, dict) and list(value) == ["base64_string"]:
            body = base64_of(value["base64_string"], (*at, "body"))
        elif isinstance(value, dict | list):
            body = orjson.dumps(self.plain(value, (*at, "body")))
        else:
            body = bytes_of(value, (*at, "body"))
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
                body, complete = undo(bytes_of(value, at), coding)
            except CodingError as error:
                raise FormError(at, error.what, "Correct the header, or record again.") from error
            name = coding.strip().lower()
            self._seen[key] = body, complete, name if is_known(name) else None
        return self._seen[key]


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
        return base64_of(body["base64_string"], (*at, "body", "base64_string")), (*at, "body", "base64_string")
    if "string" not in body:
        raise FormError((*at, "body"), "It has no `string`.", "Write `string: ''` if nothing came, or record again.")
    if isinstance(body["string"], dict | list):
        wrong((*at, "body", "string"), str, body["string"])
    return body["string"], (*at, "body", "string")


def _status(response: dict[str, Any], at: Path) -> tuple[int, str]:
    if "status" not in response and "status_code" in response:  # vcrpy before 6 with httpx
        return typed(response["status_code"], int, (*at, "status_code")), ""
    status = typed(response.get("status"), dict, (*at, "status"))
    code = typed(status.get("code"), int, (*at, "status", "code"))
    if not 100 <= code <= 999:
        raise FormError((*at, "status", "code"), f"{code} is no HTTP status.", "Give one from 100 to 599.")
    return code, get(status, "message", str, (*at, "status"), "")


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
    if Evidence.READS in missing or (extra.get("reads") is None and (size or not extra)):
        return (), missing | {Evidence.READS, Evidence.TIMING}
    reads = _unpacked(extra, "reads", path)
    total = sum(read.size for read in reads)
    if total != size:
        what = f"The reads add up to {total} bytes, but the body has {size}."
        raise FormError((*path, "reads"), what, "If the body was edited, remove `reads`: they are missing then.")
    return reads, missing


def _unpacked(extra: Mapping[str, Any], key: str, path: Path) -> Sequence[Read]:
    """The pairs of a packed string, in the order of their times."""
    try:
        found = unpack_reads(get(extra, key, str, path) or "")
    except ValueError as error:
        raise FormError((*path, key), f"It is {error}.", "Write `81.25:214 104.5:14`: milliseconds:bytes.") from error
    if any(later.at < earlier.at for earlier, later in pairwise(found)):
        raise FormError((*path, key), "Its times go back.", f"Put the {key} in the order of their times.")
    return found
