"""The three things that an observer can tell, each in its one form.

Law: values; the keys are those of `response.recording.end` in a cassette.
"""

from __future__ import annotations

from . import Told

SOON = 100.0
"""Milliseconds behind the leaving within which work may come to its own end, and nobody was too slow to stop it."""


def seen(name: str, after: float, resolution: float, **details: object) -> Told:
    """The cancellation was seen `after` milliseconds at most, and `resolution` less at least."""
    after = max(0.0, after)
    return _with(name, details, propagated_ms=round(after, 3), resolution_ms=round(min(resolution, after), 3))


def never(name: str, waited: float, **details: object) -> Told:
    """It was looked for as many milliseconds, and the work went on all the time."""
    return _with(name, details, never=True, waited_ms=round(waited, 3))


def unobserved(name: str, reason: str, **details: object) -> Told:
    """Nobody saw what became of it, and why."""
    return _with(name, details, unobserved=reason)


def _with(name: str, details: dict[str, object], **told: object) -> Told:
    return {"observer": name, **told, **{key: value for key, value in details.items() if value is not None}}
