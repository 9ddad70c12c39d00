"""Cassettes of Datadog's test agent (JSON): one `request` and one `response` at the top of the file.

A body that is no text begins with `base64:`. Source: DataDog/dd-apm-test-agent, ddapm_test_agent/vcr_proxy.py.
"""

from __future__ import annotations

import re
from typing import Any

from ...core.recording import Recording, Request
from ..form import Allowance, Path, get, headers_of, typed
from ._entries import EntryError, Found, Place, each, halves, recording

TITLE = "Datadog test agent"
FILES = "JSON"
HOLDS = "request, headers, framing; not: timing, reads"
SUFFIXES = (".json",)
_HEAD = re.compile(rb"\A\s*\{\s*\"request\"\s*:\s*\{")
_MARK = "base64:"


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file."""
    return bool(_HEAD.search(head))


def takes(tree: Any) -> bool:
    """True where these values are such a cassette."""
    return isinstance(tree, dict) and "interactions" not in tree and {"request", "response"} <= tree.keys()


def read(tree: Any, source: str, size: int) -> Found:
    """The recording of the file's values."""
    allowance = Allowance(size)

    def one(item: Any, at: Path, place: Place) -> Recording:
        request, response = halves(item, at)
        status = typed(response.get("status"), dict, (*at, "response", "status"))
        if "body" not in response:
            raise EntryError("The body of the response is not stored.")
        return recording(
            place,
            Request(
                get(request, "method", str, (*at, "request"), "POST"),
                typed(request.get("url"), str, (*at, "request", "url")),
                headers_of(request.get("headers"), (*at, "request", "headers")),
                _body(request.get("body"), (*at, "request", "body"), allowance),
            ),
            (typed(status.get("code"), int, (*at, "response", "status", "code")), str(status.get("message") or "")),
            headers_of(response.get("headers"), (*at, "response", "headers")),
            _body(response["body"], (*at, "response", "body"), allowance),
            metadata={"imported_from": TITLE},
        )

    return each(TITLE, source, [tree], (), one)


def _body(value: Any, path: Path, allowance: Allowance) -> bytes:
    if isinstance(value, str) and value.startswith(_MARK):
        return allowance.base64(value.removeprefix(_MARK), path)
    return allowance.text(value, path)
