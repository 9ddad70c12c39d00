"""Neutral facts that only the documents of gateways speak of: lines that are nothing, and kinds of errors.

Law: a trait that one protocol alone can show stands in that protocol's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

_LAST = 4
"""Events at the end among which an error is looked for: usage and a sentinel may follow it."""


@trait("sse.ignored-lines", statements=("S10",), needs=(Evidence.FRAMING,))
def ignored_lines(stream: Stream[Any]) -> Value:
    """Number of lines that are neither a field of the standard nor a comment: readers pass over them."""
    return len(stream.facts.unknown)


@trait("error.code", statements=("B12",))
def error_code(stream: Stream[Any]) -> Value:
    """The type of `error.code` of an error in the stream: `number`, `string`, `null`, `absent`, or `other`."""
    data = _error(stream)
    if data is None:
        return None
    error = data["error"]
    if "code" not in error:
        return "absent"
    code = error["code"]
    if code is None:
        return "null"
    return "string" if isinstance(code, str) else "number" if type(code) is int else "other"


@trait("error.type", statements=("B13",))
def error_type(stream: Stream[Any]) -> Value:
    """The gateway's own `error_type` of an error in the stream, in its metadata, in the error, or beside it."""
    data = _error(stream)
    if data is None:
        return None
    for holder in (data["error"].get("metadata"), data["error"], data):
        found = holder.get("error_type") if isinstance(holder, Mapping) else None
        if isinstance(found, str):
            return found
    return None


def _error(stream: Stream[Any]) -> dict[str, Any] | None:
    """The data of the last event that holds an error object."""
    for event in reversed(stream.events[-_LAST:]):
        if isinstance(event.parsed, dict) and isinstance(event.parsed.get("error"), dict):
            return event.parsed
    return None
