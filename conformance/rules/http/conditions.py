"""When a rule about HTTP applies: how complete the recorded header fields look, and what was asked.

Law: a condition says why a rule does not apply, or None where it does. A field that is missing in a recording is only
missing on the wire where the recording looks as if nobody had thinned it out.
"""

from __future__ import annotations

from typing import Any

from conformance.core.protocol import UNKNOWN
from conformance.core.stream import Stream

_MANY = 6
"""A set of so many fields was hardly thinned out."""


def headers_look_whole(stream: Stream[Any]) -> str | None:
    """The response's fields look complete: `Date`, which servers send by themselves, is there, or there are many."""
    headers = stream.recording.headers
    if "date" in headers or len(headers) >= _MANY:
        return None
    return f"the recording holds {len(headers)} header fields only: others may have been left out"


def has_headers(stream: Stream[Any]) -> str | None:
    """There is any header field."""
    return None if len(stream.recording.headers) else "the recording holds no header field"


def is_error(stream: Stream[Any]) -> str | None:
    """The status is 4xx or 5xx."""
    status = stream.recording.status
    return None if status >= 400 else f"the response is no error ({status})"


def known_protocol(stream: Stream[Any]) -> str | None:
    """The exchange speaks one of the known APIs."""
    return "the protocol is not known" if stream.protocol.name == UNKNOWN.name else None


def coding_of(stream: Stream[Any]) -> str | None:
    """The content coding of the body on the wire, or None."""
    recording = stream.recording
    coding = (recording.content_encoding or recording.headers.get("content-encoding") or "").strip().lower()
    return coding if coding not in ("", "identity") else None
