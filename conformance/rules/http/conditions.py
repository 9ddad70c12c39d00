"""When a rule about HTTP applies: how complete the recorded header fields look, and what was asked.

Law: a condition says why a rule does not apply, or None where it does. A field that is missing in a recording is only
missing on the wire where the recording looks as if nobody had thinned it out.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from conformance.core.protocol import UNKNOWN
from conformance.core.stream import Stream

_FIELDS: WeakKeyDictionary[Stream[Any], dict[str, str]] = WeakKeyDictionary()


def fields(stream: Stream[Any]) -> dict[str, str]:
    """The response's header fields: lower-case name -> first value. Made once per stream, because many rules ask."""
    found = _FIELDS.get(stream)
    if found is None:
        found = _FIELDS[stream] = {name.lower(): value for name, value in reversed([*stream.recording.headers])}
    return found


def headers_look_whole(stream: Stream[Any]) -> str | None:
    """The response's fields look complete: `Date`, which servers send by themselves and testers take out, is there."""
    if "date" in fields(stream):
        return None
    return "the recorded header fields have no Date: others may have been left out, too"


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
    coding = (stream.recording.content_encoding or fields(stream).get("content-encoding") or "").strip().lower()
    return coding if coding not in ("", "identity") else None
