"""Many targets over time, for a terminal: a line for each, and what changed last.

Law: the width and the colours are arguments. A run is as good as its worst stream; what changed is named, not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.trend import Course, Trend
from .._signs import SIGNS
from .._text import Paint, clip, millis, pad, plain, plural, safe
from ._words import folded, is_worse, what, when

_BESIDE = 62
"""Columns for what stands beside the signs."""
_LABEL = 44


def render(trends: Sequence[Trend], columns: int = 100, paint: Paint = plain) -> str:
    """The overview as text."""
    longest = max(len(safe(trend.target)) for trend in trends)
    whose = [
        (f"{pad(safe(trend.target), longest)}  {safe(course.protocol)}", course)
        for trend in trends
        for course in trend.courses
    ]
    label = min(_LABEL, columns // 3, max(len(name) for name, _ in whose))
    room = max(10, columns - label - _BESIDE)
    lines = [f"{plural(len(trends), 'target')}; `conformance trend TARGET` shows one", ""]
    for name, course in whose:
        lines += _lines(pad(clip(name, label), label), course, columns, room, paint)
    return "\n".join(lines) + "\n"


def _lines(label: str, course: Course, columns: int, room: int, paint: Paint) -> Iterator[str]:
    newest = course.points[-1]
    signs = "".join(paint(SIGNS[point.worst], point.worst) for point in course.points[-room:])
    gap = " " * (room - len(course.points[-room:]))
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in newest.verdicts.items())
    first = newest.figures.get("ttfb")
    quick = f"  first byte {millis(first)} ms" if first is not None else ""
    yield f"{paint(label, 'bold')}  {signs}{gap}  {when(newest.at)}  {paint(counts, newest.worst)}{paint(quick, 'dim')}"
    changes = folded([change for change in course.changes if change.run == course.changes[-1].run])
    if changes:
        # the worst of the run that changed last: a verdict says more than its rule, and a rule more than a trait
        change, scenarios = next((one for one in changes if is_worse(one[0])), changes[0])
        more = f", and {len(changes) - 1:,} more" if len(changes) > 1 else ""
        told = f"{what(change)}  {safe(change.before)} → {safe(change.after)}  {scenarios}".rstrip() + more
        text = clip(f"changed {when(change.at)}  {told}", columns - 2)
        yield f"  {paint(text, 'error' if is_worse(change) and change.run == newest.run else 'dim')}"
