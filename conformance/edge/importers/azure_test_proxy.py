"""Recordings of the Azure SDK's test proxy (JSON): `Entries` with `RequestUri` and `ResponseBody`.

A body of text is a list of its lines, or one string; a JSON body is the value itself; what is neither is base64; null
where nothing came. Source: Azure/azure-sdk-tools, Azure.Sdk.Tools.TestProxy, RecordEntry.cs.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from ...core.recording import Headers, Recording, Request
from ..form import Allowance, Path, get, headers_of, typed
from ._entries import EntryError, Found, Place, each, recording

TITLE = "Azure test proxy"
FILES = "JSON"
HOLDS = "request, headers, framing; not: timing, reads"
SUFFIXES = (".json",)
_HEAD = re.compile(rb"\A\s*\{\s*\"Entries\"\s*:")
_TEXT = re.compile(r"text/|application/(?:.*\+)?(?:json|xml)|.*charset=utf-8", re.IGNORECASE)


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file."""
    return bool(_HEAD.search(head))


def takes(tree: Any) -> bool:
    """True where these values are such a recording."""
    return isinstance(tree, dict) and "Entries" in tree


def read(tree: Any, source: str, size: int) -> Found:
    """The recordings of the file's values. Raises FormError where it has no list of entries."""
    path: Path = ("Entries",)
    allowance = Allowance(size)

    def one(entry: Any, at: Path, place: Place) -> Recording:
        typed(entry, dict, at)
        asked = headers_of(entry.get("RequestHeaders"), (*at, "RequestHeaders"))
        headers = headers_of(entry.get("ResponseHeaders"), (*at, "ResponseHeaders"))
        if entry.get("ResponseBody") is None and "event-stream" in (headers.get("content-type") or ""):
            raise EntryError("The body of the stream is not stored.")
        return recording(
            place,
            Request(
                get(entry, "RequestMethod", str, at, "GET"),
                typed(entry.get("RequestUri"), str, (*at, "RequestUri")),
                asked,
                _body(entry.get("RequestBody"), asked, (*at, "RequestBody"), allowance),
            ),
            (typed(entry.get("StatusCode"), int, (*at, "StatusCode")), ""),
            headers,
            _body(entry.get("ResponseBody"), headers, (*at, "ResponseBody"), allowance),
            metadata={"imported_from": TITLE},
        )

    return each(TITLE, source, typed(tree["Entries"], list, path), path, one)


def _body(value: Any, headers: Headers, path: Path, allowance: Allowance) -> bytes:
    kind = headers.get("content-type") or ""
    if isinstance(value, list) and "json" not in kind and all(isinstance(line, str) for line in value):
        return b"".join(allowance.text(line, (*path, index)) for index, line in enumerate(value))
    if isinstance(value, dict | list | bool | int | float):
        return orjson.dumps(allowance.plain(value, path))
    if isinstance(value, str) and not _TEXT.match(kind):
        return allowance.base64(value, path)
    return allowance.text(value, path)
