"""A diff for a terminal: what changed, worst first, and what was not compared.

Law: the width and the colours are arguments; what is left out is counted, and stands on fewer streams than what is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from tabulate import tabulate

from ...core.diff import Diff, Row, rows
from ...core.finding import Level
from .._text import Paint, clip, pad, plain, plural, wrap
from ._words import (
    BETTER,
    FIGURE_NAMES,
    alone,
    brought_together,
    by_owner,
    figure_cells,
    latency_summary,
    level_of,
    said,
    shares,
    summary,
    what,
    where,
)

_FEW = 12
"""Notes, and streams without counterpart, that are listed; `every` lists all."""


def render(diff: Diff, columns: int = 100, paint: Paint = plain, every: bool = False) -> str:
    """The diff as text. `every` lists all notes, all latency figures, and all streams without counterpart."""
    blocks = [_changes(diff, columns, paint, every), _figures(diff, paint) if every else iter(())]
    blocks += [_remarks(diff, columns, paint, every), _owners(diff, columns, paint)]
    texts = ["\n".join(line.rstrip() for line in block) for block in blocks]
    return "\n\n".join([*(text for text in texts if text), summary(diff)]) + "\n"


def _changes(diff: Diff, columns: int, paint: Paint, every: bool) -> Iterator[str]:
    found = rows(diff.changes)
    light = sorted((row for row in found if row.change.level in (Level.NOTE, None)), key=lambda row: -row.change.extent)
    hidden = {id(row) for row in light[_FEW:]} if not every else set()
    for row in found:
        if id(row) not in hidden:
            yield from _row(row, columns, paint)
    if hidden:
        yield paint(f"{plural(len(hidden), 'more kind')} of note or improvement (--all lists them)", "dim")


def _row(row: Row, columns: int, paint: Paint) -> Iterator[str]:
    change = row.change
    level = level_of(change)
    head = f"{paint(pad(level, 7), 'pass' if level == BETTER else level)}  {pad(what(change), 15)}  "
    yield f"{head}{paint(clip(change.name, max(columns - 48, 30)), 'bold')}  {paint(shares(change), 'dim')}"
    if change.said:
        yield from wrap(said(change), columns, " " * 9)
    yield from (paint(line, "dim") for line in wrap(where(row), columns, " " * 9))


def _figures(diff: Diff, paint: Paint) -> Iterator[str]:
    for who in dict.fromkeys(figure.who for figure in diff.figures):
        yield paint(who, "bold")
        lines = [FIGURE_NAMES, *(figure_cells(figure) for figure in diff.figures if figure.who == who)]
        yield tabulate(lines, tablefmt="plain", disable_numparse=True)


def _owners(diff: Diff, columns: int, paint: Paint) -> Iterator[str]:
    """A line for each target, where there are several."""
    told = by_owner(diff)
    width = min(max((len(owner) for owner, _, _ in told), default=0), columns - 30)
    for owner, words, worst in told:
        yield f"{pad(clip(owner, width), width)}  {paint(words, worst.label if worst is not None else 'pass')}"


def _remarks(diff: Diff, columns: int, paint: Paint, every: bool) -> Iterator[str]:
    told = [f"Compared: {brought_together(diff)}."] if diff.groups else []
    told += [latency_summary(diff)] if diff.figures else []
    told += diff.untold
    most = 10**9 if every else _FEW
    told += [*alone(diff.old, "OLD", most), *alone(diff.new, "NEW", most)]
    for text in told:
        yield from (paint(line, "dim") for line in wrap(text, columns))
    for failure in diff.failures:
        words = failure.message.removeprefix(f"{failure.source}: ")
        yield from wrap(f"{paint('not judged', 'error')}  {failure.source}: {words}", columns, "            ", "")
