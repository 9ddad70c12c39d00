"""Neutral facts about times: how the events were delivered, and when the head came."""

from __future__ import annotations

from typing import Any

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait
from conformance.rules.timing.delivery import bursts, in_one_burst, too_few

_TIMES = (Evidence.TIMING, Evidence.READS)
_EARLY = 5.0
"""Milliseconds by which a head that does not wait for the first byte of the body comes before it."""


@trait("timing.delivery", statements=("S28",), needs=_TIMES)
def delivery(stream: Stream[Any]) -> Value:
    """How the events came: `incremental`, in `bursts`, or in `one-burst`; nothing where they are too few to tell."""
    if too_few(stream):
        return None
    return "one-burst" if in_one_burst(stream) else "bursts" if bursts(stream) else "incremental"


@trait("timing.head", statements=("T05",), needs=_TIMES)
def head(stream: Stream[Any]) -> Value:
    """Whether the head of the response came `early`, before the first byte of the body, or `with-the-body`."""
    recording = stream.recording
    if recording.headers_at is None or not recording.reads:
        return None
    return "early" if recording.reads[0].at - recording.headers_at >= _EARLY else "with-the-body"
