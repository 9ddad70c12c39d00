"""The compatibility table for a terminal: as many columns beside each other as its width holds.

Law: the width and the colours are arguments; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from tabulate import tabulate

from ...core.behaviour import Behaviour
from ...core.matrix import UNTOLD, Cell, Column, Matrix, State, Table
from .._text import Paint, clip, plain, plural, safe, width, wrap
from ._words import BRIEF, caveats, cell_text, is_quiet, period, totals, verdicts

_CELL = 26
"""The widest that a cell may be."""
_ROLES = {State.NOT_RECORDED: "dim", State.NO_EVIDENCE: "dim", State.VALUE: "", State.MIXED: ""}
_MANY = 8
"""Columns beyond which a hint says how to see fewer, or all at once."""


def render(matrix: Matrix, columns: int = 100, paint: Paint = plain, every: bool = False) -> str:
    """The tables as text. `every` shows rows that all keep, too."""
    blocks = ["\n".join(_table(table, columns, paint, every)) for table in matrix.tables]
    warnings = [line for text in caveats(matrix) for line in wrap(safe(text), columns)]
    blocks += ["\n".join(paint(line, "warning") for line in warnings)] if warnings else []
    hints = [line for hint in _hints(matrix) for line in wrap(hint, columns)]
    blocks += ["\n".join(paint(line, "dim") for line in hints)] if hints else []
    return "\n\n".join([*blocks, summary(matrix)]) + "\n"


def summary(matrix: Matrix) -> str:
    """One line: how much stands behind the table."""
    if not matrix.tables:
        return "Nothing to compare: no stream was judged."
    unread = f" {len(matrix.failures):,} could not be judged." if matrix.failures else ""
    partial = sum(bool(column.partial) for table in matrix.tables for column in table.columns)
    marked = f" {plural(partial, 'column')} partial." if partial else ""
    return f"{totals(matrix)}.{marked}{unread}"


def _hints(matrix: Matrix) -> Iterator[str]:
    if any(len(table.columns) > _MANY for table in matrix.tables):
        yield "--provider, --protocol and --family show less; --html FILE shows all at once."


def _table(table: Table, columns: int, paint: Paint, every: bool) -> Iterator[str]:
    streams = sum(len(column.runs) for column in table.columns)
    yield paint(f"{table.protocol}: {plural(streams, 'stream')}", "bold")
    telling = [row for row in table.rows if table.tells(row)]
    shown = [row for row in telling if every or not is_quiet(table, row.name)]
    names = max([len("recorded"), *(len(row.name) for row in shown)]) + 2
    for group in _groups(table, shown, columns - names):
        yield ""
        yield _grid(table, group, shown, paint)
    yield ""
    left = []
    if len(telling) > len(shown):
        quiet = plural(len(telling) - len(shown), "more rule is", "more rules are")
        left.append(f"{quiet} kept by all streams that tell (--all lists them).")
    if len(table.rows) > len(telling):
        left.append(f"{plural(len(table.rows) - len(telling), 'row')} of which no stream says anything.")
    yield from (paint(line, "dim") for text in left for line in wrap(text, columns))


def _groups(table: Table, rows: list[Behaviour], room: int) -> Iterator[list[Column]]:
    """The columns in pieces that fit beside each other."""
    group: list[Column] = []
    taken = 0
    for column in table.columns:
        texts = [column.id, verdicts(column), *(cell_text(table.cells[row.name, column.id]) for row in rows)]
        needs = max(min(width(text), _CELL) for text in texts) + 2
        if group and taken + needs > room:
            yield group
            group, taken = [], 0
        group.append(column)
        taken += needs
    yield group


def _grid(table: Table, group: list[Column], shown: list[Behaviour], paint: Paint) -> str:
    lines = [["", *(paint(clip(safe(column.id), _CELL), "bold") for column in group)]]
    lines.append([paint("streams", "dim"), *(verdicts(column) for column in group)])
    lines.append([paint("recorded", "dim"), *(period(column) or "not said" for column in group)])
    if any(column.partial for column in group):
        lines.append(["", *(paint("PARTIAL", "warning") if column.partial else "" for column in group)])
    for family, rows in table.families():
        here = [row for row in rows if row in shown and any(table.cells[row.name, one.id].of for one in group)]
        if here:
            lines.append([paint(family.value, "bold")])
        lines += [[row.name, *(_painted(table.cells[row.name, one.id], paint) for one in group)] for row in here]
    padded = [[*line, *[""] * (len(group) + 1 - len(line))] for line in lines]
    text: str = tabulate(padded, tablefmt="plain", disable_numparse=True)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _painted(cell: Cell, paint: Paint) -> str:
    role = _ROLES.get(cell.state, cell.state.value)
    text = BRIEF[cell.state] if cell.state in UNTOLD else clip(safe(cell_text(cell)), _CELL)
    return paint(text, role)
