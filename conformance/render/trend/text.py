"""A trend for a terminal: verdicts of each scenario as signs, figures as sparklines, then what changed.

Law: the width and the colours are arguments; the oldest run stands on the left, and the newest that fit are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from ...core.finding import JUDGED
from ...core.trend import FIGURES, Change, Course, Line, Trend
from .._signs import SIGNS
from .._sparkline import sparkline
from .._text import Paint, clip, millis, pad, plain, plural, safe
from ._words import folded, headline, is_worse, what, when

CHANGES = 20
"""The newest changes that are listed, if not all are asked for."""
ABSENT = "·"
"""A run in which a scenario was not asked."""
_ROOMY = 100
"""Columns from which on there is room for more than the newest figure beside the signs."""
_BESIDE = {True: 48, False: 28}
"""Columns for what stands beside the signs, margins counted: where there is room, and where there is not."""
_LABEL = 34


def render(trend: Trend, columns: int = 100, paint: Paint = plain, every: bool = False) -> str:
    """The trend as text. `every` lists all changes."""
    blocks = [headline(trend)]
    blocks += ["\n".join(_course(course, columns, paint, every)) for course in trend.courses]
    return "\n\n".join(blocks) + "\n"


def _course(course: Course, columns: int, paint: Paint, every: bool) -> Iterator[str]:
    roomy = columns >= _ROOMY
    longest = max(len(name) for name in (*(line.scenario for line in course.lines), *FIGURES.values()))
    label = min(_LABEL, columns // 3, longest)
    room = max(10, columns - label - _BESIDE[roomy])
    total = len(course.points)
    hidden = f", the newest {room} of them shown" if total > room else ""
    yield f"{paint(safe(course.protocol), 'bold')}  {paint(plural(total, 'run') + hidden, 'dim')}"
    changed = {change.run for change in course.changes}
    for line in course.lines:
        yield _line(line, label, room, paint) + (_flips(line) if roomy else "")
    for name, title in FIGURES.items():
        told = [point.figures.get(name) for point in course.points]
        yield from _figure(pad(title, label), told, room, roomy)
    marks = "".join("▲" if point.run in changed else " " for point in course.points[-room:])
    if marks.strip():
        yield f"  {pad('changes', label)}  {paint(marks.rstrip(), 'warning')}"
    yield from _changes(course.changes, columns, paint, every)


def _line(line: Line, label: int, room: int, paint: Paint) -> str:
    """One scenario: its name, a sign for each run, the newest verdict."""
    signs = "".join(_sign(verdict, paint) for verdict in line.verdicts[-room:])
    last = next((share for share in reversed(line.shares) if share), "")
    name = pad(clip(safe(line.scenario), label), label)
    return f"  {name}  {signs}  {paint(last, last.partition(' ')[0])}"


def _sign(verdict: str | None, paint: Paint) -> str:
    return paint(SIGNS[verdict], verdict) if verdict is not None else ABSENT


def _flips(line: Line) -> str:
    """How often the verdict changed, where it did."""
    known = [verdict for verdict in line.verdicts if verdict in JUDGED]
    flips = sum(a is not b for a, b in pairwise(known))
    return f"  ({plural(flips, 'flip')})" if flips else ""


def _figure(title: str, values: Sequence[float | None], room: int, roomy: bool) -> Iterator[str]:
    """One figure; nothing where no run tells it."""
    known = [value for value in values if value is not None]
    if not known:
        return
    more = f", median {millis(median(known))}, {millis(min(known))} to {millis(max(known))}" if roomy else ""
    yield f"  {title}  {sparkline(values[-room:])}  {millis(known[-1])} ms{more}"


def _changes(changes: Sequence[Change], columns: int, paint: Paint, every: bool) -> Iterator[str]:
    told = folded(changes)
    shown = told if every else told[-CHANGES:]
    if not shown:
        return
    yield ""
    yield f"  {paint('changes from run to run', 'bold')}"
    if len(shown) < len(told):
        yield paint(f"  {len(told) - len(shown)} older ones are not shown (--all lists them)", "dim")
    before = ""
    for change, scenarios in shown:
        at = when(change.at)
        text = f"{what(change)}  {safe(change.before)} → {safe(change.after)}  {scenarios}".rstrip()
        yield f"  {pad('' if at == before else at, 16)}  {_coloured(change, clip(text, max(20, columns - 20)), paint)}"
        before = at


def _coloured(change: Change, text: str, paint: Paint) -> str:
    return paint(text, "error") if is_worse(change) else text


def summary(trend: Trend) -> str:
    """One line: how many runs, how many changes."""
    changes = sum(len(course.changes) for course in trend.courses)
    return f"{headline(trend)}. {plural(changes, 'change')}."
