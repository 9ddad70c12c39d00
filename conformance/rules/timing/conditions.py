"""When a rule about times applies.

Law: a condition says why a rule does not apply, or None where it does.
"""

from __future__ import annotations

from typing import Any

from conformance.core.recording import EndKind
from conformance.core.stream import Stream
from conformance.rules.timing.delivery import too_few


def coding_of(stream: Stream[Any]) -> str | None:
    """The content coding of the body on the wire, or None."""
    recording = stream.recording
    coding = (recording.content_encoding or recording.headers.get("content-encoding") or "").strip().lower()
    return coding if coding not in ("", "identity") else None


def coded(stream: Stream[Any]) -> str | None:
    """Enough events, in a content coding."""
    return too_few(stream) if coding_of(stream) else "the body has no content coding"


def uncoded(stream: Stream[Any]) -> str | None:
    """Enough events, and no content coding that could hold them back."""
    coding = coding_of(stream)
    if coding is not None:
        return f"the body is coded ({coding}): timing/compression-holds-events speaks for it"
    return too_few(stream)


def ended_by_itself(stream: Stream[Any]) -> str | None:
    """The answer was complete, and neither the user nor the recorder's own end stopped the wait for the body's end."""
    end = stream.recording.end
    if end.kind is EndKind.CANCELLED or end.by == "recorder":
        return stream.incomplete or "the client ended the stream"
    return None if stream.marks.terminal is not None else "no event of the stream ends the answer"
