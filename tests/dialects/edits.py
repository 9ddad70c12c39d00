"""How the tests of this folder break a recording: in one place, and in its bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from conformance.core.cuts import rewrite, splice
from conformance.core.mutate import events_of
from conformance.core.recording import Headers, Read, Recording

Edit = Callable[[Recording], Recording]


def swap(old: str, new: str, count: int = -1) -> Edit:
    """`old` replaced in the body; the reads go on adding up. Fails where the body does not hold it."""

    def edit(recording: Recording) -> Recording:
        raw, wanted, edits, place = recording.body, old.encode(), [], 0
        while (start := raw.find(wanted, place)) >= 0 and len(edits) != count:
            place = start + len(wanted)
            edits.append((start, place, new.encode()))
        assert edits, f"the recording does not hold {old!r}"
        return rewrite(recording, edits)

    return edit


def without(*marks: str) -> Edit:
    """The events whose bytes hold one of the marks are missing."""

    def edit(recording: Recording) -> Recording:
        body = recording.body
        found = [e for e in events_of(recording) if any(mark.encode() in body[e.start : e.end] for mark in marks)]
        assert found, f"no event holds {marks}"
        return rewrite(recording, [(event.start, event.end, b"") for event in found])

    return edit


def insert(text: str, before: str = "") -> Edit:
    """`text` before the first place that holds `before`; at the end without it."""

    def edit(recording: Recording) -> Recording:
        place = recording.body.index(before.encode()) if before else len(recording.body)
        return splice(recording, place, place, text.encode())

    return edit


def first(text: bytes) -> Edit:
    """`text` before everything."""
    return lambda recording: splice(recording, 0, 0, text)


def chain(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(recording: Recording) -> Recording:
        for one in edits:
            recording = one(recording)
        return recording

    return edit


def answered(body: bytes, media_type: str) -> Edit:
    """Another body under another media type."""

    def edit(recording: Recording) -> Recording:
        fields = Headers([("content-type", media_type), *((n, v) for n, v in recording.headers if n != "content-type")])
        at = recording.reads[-1].at
        return replace(recording, headers=fields, body=body, reads=(Read(at, len(body)),))

    return edit


def typed(media_type: str) -> Edit:
    """The same body under another media type."""
    return lambda recording: replace(answered(recording.body, media_type)(recording), reads=recording.reads)


def headed(name: str, value: str | None) -> Edit:
    """A header field with another value, or without it."""

    def edit(recording: Recording) -> Recording:
        rest = [(key, old) for key, old in recording.headers if key != name]
        return replace(recording, headers=Headers([*rest, *([(name, value)] if value is not None else [])]))

    return edit


def held_back(recording: Recording) -> Recording:
    """Everything comes at once, two seconds late."""
    late = replace(recording.end, at=2001.0)
    return replace(recording, reads=(Read(2000.0, len(recording.body)),), headers_at=1990.0, end=late)


def unnoticed(recording: Recording) -> Recording:
    """The upstream never saw the cancellation."""
    seen = {"observer": "upstream", "never": True, "waited_ms": 5000.0}
    return replace(recording, end=replace(recording.end, observed=seen))


def reparsed(change: Callable[[dict[str, Any], str], dict[str, Any]]) -> Edit:
    """Every chunk changed by `change(chunk, text so far)`."""

    def edit(recording: Recording) -> Recording:
        text, edits = "", []
        for event in events_of(recording):
            if not event.raw.startswith(b"{"):
                continue
            chunk = orjson.loads(event.raw)
            for choice in chunk["choices"]:
                text += choice["delta"].get("content") or ""
            new = b"data: %b\n\n" % orjson.dumps(change(chunk, text))
            edits.append((event.start, event.end, new))
        return rewrite(recording, edits)

    return edit


def cumulative(chunk: dict[str, Any], text: str) -> dict[str, Any]:
    """Each delta holds all of the text so far."""
    for choice in chunk["choices"]:
        if choice["delta"].get("content"):
            choice["delta"]["content"] = text
    return chunk
