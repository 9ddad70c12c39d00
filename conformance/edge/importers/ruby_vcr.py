"""Cassettes of Ruby's VCR (YAML or JSON): `http_interactions` with bodies as `string` or `base64_string`.

`encoding` names the encoding of the Ruby string: a body whose characters are bytes (ISO-8859-1) is made those bytes
again, any other text is UTF-8. Source: https://github.com/vcr/vcr, lib/vcr/structs.rb.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from ...core.recording import Recording, Request
from ..form import Allowance, Path, get, headers_of, typed
from ._entries import EntryError, Found, Place, each, halves, recording, when

TITLE = "Ruby VCR"
FILES = "YAML, JSON"
HOLDS = "request, headers, framing; not: timing, reads"
SUFFIXES = (".yml", ".yaml", ".json")
_HEAD = re.compile(rb"^\"?http_interactions\"?:|\"http_interactions\"\s*:", re.MULTILINE)
_BYTE_ENCODINGS = ("ISO-8859-1", "Windows-1252")


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file."""
    return bool(_HEAD.search(head))


def takes(tree: Any) -> bool:
    """True where these values are such a cassette."""
    return isinstance(tree, dict) and "http_interactions" in tree


def read(tree: Any, source: str, size: int) -> Found:
    """The recordings of a cassette's values. Raises FormError where it has no list of interactions."""
    path: Path = ("http_interactions",)
    shared = {"imported_from": TITLE} | (
        {"recorded_with": str(tree["recorded_with"])} if "recorded_with" in tree else {}
    )
    allowance = Allowance(size)

    def one(item: Any, at: Path, place: Place) -> Recording:
        request, response = halves(item, at)
        inner = (*at, "response")
        status = typed(response.get("status"), dict, (*inner, "status"))
        if response.get("body") is None:
            raise EntryError("The body of the response is not stored.")
        return recording(
            place,
            Request(
                get(request, "method", str, (*at, "request"), "post").upper(),
                typed(request.get("uri"), str, (*at, "request", "uri")),
                headers_of(request.get("headers"), (*at, "request", "headers")),
                _body(request.get("body"), (*at, "request", "body"), allowance),
            ),
            (typed(status.get("code"), int, (*inner, "status", "code")), str(status.get("message") or "")),
            headers_of(response.get("headers"), (*inner, "headers")),
            _body(response["body"], (*inner, "body"), allowance),
            http_version=_version(response.get("http_version")),
            metadata=shared | when(item.get("recorded_at")),
        )

    return each(TITLE, source, typed(tree["http_interactions"], list, path), path, one)


def _body(value: Any, path: Path, allowance: Allowance) -> bytes:
    if not isinstance(value, dict):
        return allowance.text(value, path)
    if value.get("base64_string") is not None:
        return allowance.base64(value["base64_string"], (*path, "base64_string"))
    found = value.get("string")
    if value.get("encoding") in _BYTE_ENCODINGS and isinstance(found, str) and not found.isascii():
        with suppress(UnicodeEncodeError):
            return found.encode(value["encoding"])
    return allowance.text(found, (*path, "string"))


def _version(value: object) -> str | None:
    """`1.1` or `HTTP/1.1` as `HTTP/1.1`."""
    return None if value in (None, "") else f"HTTP/{str(value).removeprefix('HTTP/')}"
