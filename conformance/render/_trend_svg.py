"""A trend as a picture: a row of cells for each scenario, a line for each figure, marks where something changed.

Law: pure, Course -> SVG. Looks are classes, coloured by `templates/trend.css` and `templates/palette.css`; a verdict
is a sign as well as a colour, and every cell and point says in words what it is (`<title>`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from ..core.trend import FIGURES, Change, Course, Line, Point
from ._signs import SIGNS
from ._text import clip, millis, safe

WIDTH = 760
LEFT, RIGHT, TOP = 190, 90, 24
_ROW, _CELL = 18, 22
"""Height of a scenario's row; the most that a cell takes of the width."""
_PANEL, _GAP = 46, 12
_SIGN_FROM = 9
"""Width of a cell from which on its sign is drawn."""
_LABEL = 27


def trend_svg(course: Course) -> tuple[str, int]:
    """The picture of one protocol, and its height in pixels. It wants the classes of `templates/trend.css`."""
    parts = [*_dates(course.points), *_rows(course), *_changed(course)]
    top = TOP + len(course.lines) * _ROW + 14
    for name, title in FIGURES.items():
        values = [point.figures.get(name) for point in course.points]
        if any(value is not None for value in values):
            parts += _figure(title, values, course.points, top)
            top += _PANEL + _GAP
    label = escape(f"{safe(course.protocol)}: verdicts and latency over {len(course.points)} runs")
    head = f'<svg class="trend" viewBox="0 0 {WIDTH} {top}" role="img" aria-label="{label}">'
    return "\n".join([head, *parts, "</svg>"]), top


def _x(number: int, total: int) -> float:
    """The middle of a run's place."""
    return LEFT + (number + 0.5) * _cell(total)


def _cell(total: int) -> float:
    return min(_CELL, (WIDTH - LEFT - RIGHT) / max(total, 1))


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(safe(words))}</text>'


def _dates(points: Sequence[Point]) -> Iterator[str]:
    """The first and the last day."""
    yield _text(_x(0, len(points)), 14, points[0].at[:10], "soft")
    if len(points) > 1 and points[-1].at[:10] != points[0].at[:10] and _x(len(points), len(points)) > LEFT + 130:
        yield _text(_x(len(points) - 1, len(points)), 14, points[-1].at[:10], "soft", "end")


def _rows(course: Course) -> Iterator[str]:
    for number, line in enumerate(course.lines):
        top = TOP + number * _ROW
        yield _text(LEFT - 8, top + 13, clip(line.scenario, _LABEL), "", "end")
        yield from _cells(line, course.points, top)


def _cells(line: Line, points: Sequence[Point], top: int) -> Iterator[str]:
    cell = _cell(len(points))
    for number, (verdict, share, point) in enumerate(zip(line.verdicts, line.shares, points, strict=True)):
        if verdict is None:
            continue
        title = escape(safe(f"{line.scenario}, {point.at[:16].replace('T', ' ')}: {share}"))
        x = LEFT + number * cell
        yield f'<g class="v-{verdict.value}"><title>{title}</title>'
        yield f'<rect x="{x + 0.5:.1f}" y="{top + 1}" width="{max(cell - 1, 0.5):.1f}" height="{_ROW - 2}"/>'
        if cell >= _SIGN_FROM:
            yield _text(x + cell / 2, top + 13, SIGNS[verdict.value], "sign", "middle")
        yield "</g>"


def _changed(course: Course) -> Iterator[str]:
    """A mark under each run in which something changed."""
    numbers = {point.run: number for number, point in enumerate(course.points)}
    y = TOP + len(course.lines) * _ROW + 3
    for run, changes in groupby(course.changes, key=lambda change: change.run):
        title = escape("\n".join(map(said, changes)))
        x = _x(numbers[run], len(course.points))
        yield f'<path class="changed" d="M{x:.1f} {y}l4 7h-8z"><title>{title}</title></path>'


def said(change: Change) -> str:
    """`tools: rule openai-chat/id-changes pass → fail`."""
    what = f"{change.kind} {change.name}".strip()
    return safe(f"{change.scenario}: {what} {change.before} → {change.after}".removeprefix(": "))


def _figure(title: str, values: Sequence[float | None], points: Sequence[Point], top: int) -> Iterator[str]:
    """One figure as a line, broken where no run tells it, from zero to its highest value."""
    high = max(value for value in values if value is not None) or 1.0
    places = [
        None if value is None else (_x(number, len(values)), top + _PANEL - value / high * (_PANEL - 4))
        for number, value in enumerate(values)
    ]
    end = LEFT + len(values) * _cell(len(values))
    yield _text(LEFT - 8, top + _PANEL - 4, title, "", "end")
    yield f'<path class="axis" d="M{LEFT} {top + _PANEL}H{end:.1f}"/>'
    for known, stretch in groupby(places, key=lambda place: place is not None):
        if known:
            way = " ".join(f"{place[0]:.1f},{place[1]:.1f}" for place in stretch if place)
            yield f'<polyline class="line" points="{way}"/>'
    for place, value, point in zip(places, values, points, strict=True):
        if place is not None:
            words = escape(f"{title}, {point.at[:16].replace('T', ' ')}: {millis(value)} ms")
            yield f'<circle class="dot" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="2.5"><title>{words}</title></circle>'
    last = next(value for value in reversed(values) if value is not None)
    yield _text(end + 6, top + 10, f"{millis(high)} ms", "soft")
    yield _text(end + 6, top + _PANEL - 4, f"last {millis(last)}", "")
