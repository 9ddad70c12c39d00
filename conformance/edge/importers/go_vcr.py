"""Cassettes of go-vcr, versions 1 to 4 of the library (file formats 1 and 2): `url` for `uri`, `code` for a status.

`duration` is the time until the head of the response was there: go-vcr takes it before it reads the body (format 2;
format 1 leaves it empty). Source: https://github.com/dnaeon/go-vcr, pkg/cassette/cassette.go, pkg/recorder/recorder.go.
"""

from __future__ import annotations

import re
from typing import Any

from ...core.recording import Recording, Request
from ..form import Allowance, Path, get, headers_of, typed
from . import vcrpy
from ._entries import EntryError, Found, Place, each, halves, recording

TITLE = "go-vcr"
FILES = "YAML"
HOLDS = "request, headers, framing, the time of the head; not: timing, reads"
SUFFIXES = (".yaml", ".yml")
_PIECE = re.compile(r"(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|μs|ns)")
_UNITS = {"h": 3_600_000.0, "m": 60_000.0, "s": 1000.0, "ms": 1.0, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ns": 1e-6}


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file; they are those of vcrpy too."""
    return vcrpy.meant(head)


def takes(tree: Any) -> bool:
    """True where these values are such a cassette."""
    found = tree.get("interactions") if isinstance(tree, dict) else None
    first = found[0] if isinstance(found, list) and found else None
    request = first.get("request") if isinstance(first, dict) else None
    return isinstance(request, dict) and "url" in request and "uri" not in request


def read(tree: Any, source: str, size: int) -> Found:
    """The recordings of a cassette's values."""
    path: Path = ("interactions",)
    version = tree.get("version")
    allowance = Allowance(size)

    def one(item: Any, at: Path, place: Place) -> Recording:
        request, response = halves(item, at)
        inner = (*at, "response")
        code = typed(response.get("code"), int, (*inner, "code"))
        if "body" not in response:
            raise EntryError("The body of the response is not stored.")
        return recording(
            place,
            Request(
                get(request, "method", str, (*at, "request"), "") or "GET",  # Go's client: empty is GET
                typed(request.get("url"), str, (*at, "request", "url")),
                headers_of(request.get("headers"), (*at, "request", "headers")),
                allowance.text(request.get("body"), (*at, "request", "body")),
            ),
            (code, str(response.get("status") or "").removeprefix(str(code)).strip()),
            headers_of(response.get("headers"), (*inner, "headers")),
            allowance.text(response["body"], (*inner, "body")),
            http_version=(get(response, "proto", str, inner, "") or "").replace("/2.0", "/2") or None,
            headers_at=milliseconds(response.get("duration")) if version != 1 else None,
            metadata={"imported_from": TITLE},
        )

    return each(TITLE, source, tree["interactions"], path, one)


def milliseconds(duration: object) -> float | None:
    """A duration as Go writes it (`1m2.5s`), or as a number of nanoseconds; None where it is none, or zero."""
    if isinstance(duration, int | float) and not isinstance(duration, bool):
        return duration / 1e6 if duration > 0 else None
    pieces = _PIECE.findall(duration) if isinstance(duration, str) and _PIECE.match(duration) else []
    return sum(float(number) * _UNITS[unit] for number, unit in pieces) or None
