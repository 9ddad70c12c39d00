"""Words that the forms of a trend share.

Law: plain functions; no form is known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...core.trend import Change, Trend
from .._text import plural, safe

_NAMED = 3
"""Up to so many scenarios with the same change are named."""


def headline(trend: Trend) -> str:
    """`my-gateway: 6 runs, 2026-11-01 09:00 to 2026-11-06 09:00 UTC`."""
    times = {point.run: point.at for course in trend.courses for point in course.points}
    if not times:
        return f"{safe(trend.target)}: no run"
    first, last = when(min(times.values())), when(max(times.values()))
    span = f"{first} to {last}" if len(times) > 1 else first
    return f"{safe(trend.target)}: {plural(len(times), 'run')}, {span} UTC"


def when(at: str) -> str:
    """`2026-11-21 09:30` of an ISO 8601 time."""
    return safe(at[:16].replace("T", " "))


def folded(changes: Sequence[Change]) -> list[tuple[Change, str]]:
    """Each change once for a run, with the scenarios that it happened in: `text, tools`, or `6 scenarios`."""
    found: dict[tuple[int, str, str, str, str], list[Change]] = {}
    for one in changes:
        found.setdefault((one.run, one.kind, one.name, one.before, one.after), []).append(one)
    return [(same[0], _scenarios([one.scenario for one in same])) for same in found.values()]


def _scenarios(names: Sequence[str]) -> str:
    return ", ".join(map(safe, names)) if len(names) <= _NAMED else f"{len(names)} scenarios"


def what(change: Change) -> str:
    """`verdict`, `rule openai-chat/id-changes`."""
    return safe(f"{change.kind} {change.name}".strip())


def is_worse(change: Change) -> bool:
    """True where a verdict became a failure."""
    return change.kind in ("verdict", "rule") and change.after.startswith("fail")
