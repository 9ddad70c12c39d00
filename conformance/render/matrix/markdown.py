"""The compatibility table as Markdown: a table per family, what all keep in short, and what each column stands on.

Law: complete in itself; what comes from a peer is escaped (`_markdown`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ...core.behaviour import Behaviour
from ...core.matrix import UNTOLD, Cell, Matrix, State, Table
from .._markdown import cell as plain
from .._markdown import folded, trusted
from .._markdown import table as lines
from .._text import plural
from ._words import BRIEF, LEGEND, caveats, is_quiet, parts, provenance, totals

_BOLD = {State.FAIL, State.WARNING}
_MOST = 60
"""Characters of a value."""
_FEW = 5
"""Silent rows of one room that are named one by one."""
_ROOM = re.compile(r"[\w-]+?[./_]")


def render(matrix: Matrix) -> str:
    """All tables."""
    blocks = [f"# {plain(matrix.title)}", f"**{totals(matrix)}.**"]
    blocks.append(f"Made by {plain(' '.join(matrix.tool.values()))}, ruleset {matrix.ruleset}.")
    blocks += map(plain, matrix.notes)
    blocks.append("\n".join(f"- {_shown(state)}: {meaning}" for state, meaning in LEGEND.items()))
    warnings = [f"> **{plain(text)}**" for text in caveats(matrix)]
    blocks += ["\n".join(warnings)] if warnings else []
    for table in matrix.tables:
        blocks += _table(table)
    return "\n\n".join(blocks) + "\n"


def _shown(state: State) -> str:
    words = {State.VALUE: "`value` 12/12", State.MIXED: "`this` 10/12, `that` 2/12", State.PASS: "pass 9/9"}
    words |= {State.NOT_RECORDED: "n/r", State.NO_EVIDENCE: "–", State.INCONCLUSIVE: "inconclusive 2"}
    count = f"{state.value} 3/9"
    return words.get(state, f"**{count}**" if state in _BOLD else count)


def _table(table: Table) -> Iterator[str]:
    streams = sum(len(column.runs) for column in table.columns)
    yield f"## {table.protocol}"
    yield f"{plural(streams, 'stream')}. What each column stands on:"
    yield _provenance(table)
    for family, rows in table.families():
        telling = [row for row in rows if table.tells(row)]
        shown = [row for row in telling if not is_quiet(table, row.name)]
        quiet = [row for row in telling if is_quiet(table, row.name)]
        if telling:
            yield f"### {table.protocol}: {family.value}"
        if shown:
            yield _grid(table, shown)
        if quiet:
            yield _quiet(table, quiet)
    yield from _silent(table)


def _provenance(table: Table) -> str:
    names: list[str] = []
    rows = []
    for column in table.columns:
        told = dict(provenance(table, column))
        names = ["", *told]
        partial = " **(partial)**" if column.partial else ""
        rows.append([plain(column.id) + partial, *map(plain, told.values())])
    return lines(names, rows)


def _grid(table: Table, rows: Sequence[Behaviour]) -> str:
    head = ["", *(plain(column.id) + (" (partial)" if column.partial else "") for column in table.columns)]
    return lines(head, [[_name(row), *(_cell(cell) for _, cell in table.line(row))] for row in rows])


def _name(row: Behaviour) -> str:
    return f"`{row.name}`" + (f" ({row.level.label})" if row.level is not None else "")


def _cell(cell: Cell) -> str:
    told = []
    for part in parts(cell):
        if part.state in (State.VALUE, State.MIXED):
            told.append(f"{plain(part.word[:_MOST])} {part.share}")
        else:
            text = f"{part.word} {part.share}"
            told.append(f"**{text}**" if part.state in _BOLD else text)
    if told:
        return ", ".join(told)
    count = f" {len(cell.seen[0].streams)}" if cell.state is State.INCONCLUSIVE else ""
    return BRIEF[cell.state] + count


def _quiet(table: Table, rows: Sequence[Behaviour]) -> str:
    """Rules that all keep: with how many streams, of how many columns."""
    told = []
    for row in rows:
        cells = [cell for _, cell in table.line(row) if cell.of]
        streams = sum(cell.of for cell in cells)
        told.append([_name(row), f"pass {streams}/{streams}", str(len(cells)), trusted(row.title)])
    title = f"{plural(len(rows), 'rule')} kept by every stream that tells"
    return folded(title, lines(["rule", "streams", "columns", "the fault that did not occur"], told))


def _silent(table: Table) -> Iterator[str]:
    """What no stream says anything of, and whether that is for lack of evidence."""
    silent = [row for row in table.rows if not table.tells(row)]
    whole = _silent_rooms(table, silent)
    groups: dict[str, Counter[str]] = {}
    for row in silent:
        states = Counter(cell.state for _, cell in table.line(row))
        state = next(state for state in UNTOLD if states[state])
        groups.setdefault(LEGEND[state], Counter())[f"{_room(row)}*" if _room(row) in whole else row.name] += 1
    if groups:
        text = "\n\n".join(
            f"{reason[:1].upper()}{reason[1:]}: {', '.join(map(_counted, names, names.values()))}."
            for reason, names in groups.items()
        )
        yield folded(f"{plural(len(silent), 'row')} of which no stream says anything", text)


def _silent_rooms(table: Table, silent: Sequence[Behaviour]) -> set[str]:
    """The rooms of which no row tells: `gateway/`, where the streams are of no gateway test. One name says it."""
    rooms = Counter(map(_room, silent))
    telling = {_room(row) for row in table.rows if table.tells(row)}
    return {room for room, rows in rooms.items() if room and rows > _FEW} - telling


def _room(row: Behaviour) -> str:
    """`gateway/` of `gateway/head-held-back`, `cancel.` of `cancel.stage`, `gateway_` of `gateway_head`; or nothing."""
    found = _ROOM.match(row.name)
    return found[0] if found else ""


def _counted(name: str, count: int) -> str:
    return f"`{name}` ({count})" if name.endswith("*") else f"`{name}`"
