"""The compatibility table as one HTML page that needs nothing else: no network, no script for reading it.

Law: markup stands in `templates/`, words in `_words`; here is only what the template is given. Every cell leads to a
drawer of the same page: the recordings, events and bytes behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os.path import commonpath
from typing import Any

from ...core.behaviour import Behaviour
from ...core.finding import Family, Level
from ...core.matrix import UNTOLD, Cell, Column, Exhibit, Matrix, Seen, State, Table
from .._figures import unit
from .._template import filled
from .._text import clip, plural, safe, size
from ._words import (
    BRIEF,
    LEGEND,
    caveats,
    is_quiet,
    parts,
    period,
    provenance,
    ranges,
    said,
    totals,
    untold_reason,
    word,
)

TEMPLATE = "matrix.html"
CLASSES = {
    State.FAIL: "F",
    State.WARNING: "W",
    State.NOTE: "N",
    State.WAIVED: "D",
    State.PASS: "P",
    State.VALUE: "V",
    State.MIXED: "M",
    State.INCONCLUSIVE: "I",
    State.NOT_RECORDED: "R",
    State.NO_EVIDENCE: "Z",
}
"""State -> class in the style sheet; short, because it stands in thousands of cells."""
_VALUE = 60


def render(matrix: Matrix) -> str:
    """The page."""
    return filled(TEMPLATE, _page(matrix))


def _page(matrix: Matrix) -> dict[str, Any]:
    named = _Names(matrix)
    return {
        "title": matrix.title,
        "notes": matrix.notes,
        "totals": totals(matrix),
        "by": matrix.by,
        "tool": " ".join(matrix.tool.values()),
        "ruleset": matrix.ruleset,
        "caveats": list(caveats(matrix)),
        "legend": list(_legend()),
        "families": [family.value for family in Family],
        "levels": [level.label for level in reversed(Level)],
        "tables": [_table(table, named) for table in matrix.tables],
        "rules": [_rule(row, name) for row, name in named.rows()],
        "sets": named.sets,
        "keys": sorted({column.key for table in matrix.tables for column in table.columns}),
        "synthetic": any(column.synthetic for table in matrix.tables for column in table.columns),
    }


def _legend() -> Iterator[tuple[str, str, str]]:
    """Class, sample, meaning."""
    for state, meaning in LEGEND.items():
        yield CLASSES[state], _sample(state), meaning
        if state is State.MIXED:
            yield CLASSES[State.VALUE], "24.5 n\u00a039", "a figure: the median of so many streams"


def _sample(state: State) -> str:
    samples = {State.PASS: "pass 9/9", State.VALUE: "own-chunk 12/12", State.MIXED: "this 9/12 · that 4/12"}
    return samples.get(state) or BRIEF.get(state) or f"{state.value} 3/9"


class _Names:
    """Short names of the drawers, each once, and the sets of streams that several cells share."""

    def __init__(self, matrix: Matrix) -> None:
        self._rows: dict[str, tuple[Behaviour, str]] = {}
        self._columns: dict[tuple[str, str], str] = {}
        self._sets: dict[tuple[str, tuple[int, ...]], str] = {}
        self.sets: list[dict[str, Any]] = []
        sources = {run.source for table in matrix.tables for column in table.columns for run in column.runs}
        self._cut = _common(sorted(sources))

    def row(self, row: Behaviour, protocol: str) -> str:
        """`r12`: a rule of no single API has one drawer, a trait has one in each protocol."""
        key = row.name if row.kind == "rule" else f"{protocol} {row.name}"
        return self._rows.setdefault(key, (row, f"r{len(self._rows)}"))[1]

    def rows(self) -> Iterator[tuple[Behaviour, str]]:
        """All rows that were named."""
        yield from self._rows.values()

    def column(self, protocol: str, column: Column) -> str:
        """`k3`."""
        return self._columns.setdefault((protocol, column.id), f"k{len(self._columns)}")

    def part(self, name: str, column: Column, streams: tuple[int, ...]) -> str:
        """The drawer of some of a column's streams: the column's own where they are all."""
        if len(streams) == len(column.runs):
            return name
        key = (name, streams)
        if key not in self._sets:
            self._sets[key] = f"s{len(self._sets)}"
            first = self.stream(column, streams[0])
            told = {"id": self._sets[key], "column": column.id, "name": name, "ranges": _numbered(streams)}
            self.sets.append({**told, "total": len(column.runs), "first": first})
        return self._sets[key]

    def stream(self, column: Column, number: int) -> dict[str, Any]:
        """One stream of a column, as a drawer lists it."""
        run = column.runs[number - 1]
        return {
            "number": number,
            "source": self.source(column, number),
            "size": f"{plural(run.events, 'event')}, {size(run.bytes)}",
            "model": safe(run.model or ""),
            "verdict": run.verdict.value,
            "missing": ", ".join(run.missing),
            "day": str(run.metadata.get("recorded") or "")[:10],
        }

    def source(self, column: Column, number: int) -> str:
        """Where a stream lies, without what all sources share."""
        run = column.runs[number - 1]
        return safe(run.source[self._cut :] + (f" #{run.interaction}" if run.interaction else ""))


def _common(sources: Sequence[str]) -> int:
    try:
        return len(commonpath(sources)) + 1 if len(sources) > 1 and commonpath(sources) else 0
    except ValueError:  # other drives, or absolute and relative
        return 0


def _table(table: Table, named: _Names) -> dict[str, Any]:
    columns = [_column(table, column, named) for column in table.columns]
    families: list[dict[str, Any]] = []
    for family, rows in table.families():
        told = [_row(table, row, named) for row in rows]
        families.append({"name": family.value, "rows": told, "silent": all(row["silent"] for row in told)})
    streams = sum(len(column.runs) for column in table.columns)
    return {
        "protocol": table.protocol,
        "streams": plural(streams, "stream"),
        "columns": columns,
        "provenance": _provenance(table),
        "families": families,
        "faults": sum(row["faulty"] for family in families for row in family["rows"]),
        "told": sum(not row["silent"] for family in families for row in family["rows"]),
        "count": len(table.rows),
    }


def _provenance(table: Table) -> list[tuple[str, list[str]]]:
    """What the columns stand on, as rows: the first of the table."""
    told = [dict(provenance(table, column)) for column in table.columns]
    return [(name, [one[name] for one in told]) for name in told[0] if name != "streams"]


def _column(table: Table, column: Column, named: _Names) -> dict[str, Any]:
    return {
        "id": named.column(table.protocol, column),
        "key": column.key,
        "synthetic": column.synthetic,
        "partial": column.partial,
        "protocol": table.protocol,
        "streams": len(column.runs),
        "period": period(column),
        "provenance": list(provenance(table, column)),
        "sources": column.sources,
        "runs": [named.stream(column, number) for number in range(1, len(column.runs) + 1)],
    }


def _row(table: Table, row: Behaviour, named: _Names) -> dict[str, Any]:
    cells = [cell for _, cell in table.line(row)]
    states = {cell.state for cell in cells if cell.of}
    texts = {tuple(part.word for part in parts(cell)) for cell in cells if cell.of}
    return {
        "id": named.row(row, table.protocol),
        "name": row.name,
        "kind": row.kind,
        "title": row.title,
        "level": row.level.label if row.level is not None else "",
        "unit": unit(row.name) if row.kind == "figure" else "",
        "silent": not table.tells(row),
        "quiet": is_quiet(table, row.name),
        "differs": len(texts) > 1,
        "faulty": bool(states & {State.FAIL, State.WARNING}),
        "cells": [_cell(table, row, column, cell, named) for column, cell in table.line(row)],
    }


def _cell(table: Table, row: Behaviour, column: Column, cell: Cell, named: _Names) -> dict[str, Any]:
    name = named.column(table.protocol, column)
    told: dict[str, Any] = {"state": CLASSES[cell.state], "drawer": None}
    shown = [(clip(safe(part.word), _VALUE), part.share) for part in parts(cell)]
    if row.kind == "figure":
        shown = [(value, _among(cell)) for value, _ in shown]
    if not shown:
        count = f" {len(cell.seen[0].streams)}" if cell.state is State.INCONCLUSIVE else ""
        reason = untold_reason(cell, row.needs)
        return {**told, "parts": [(BRIEF[cell.state] + count, "")], "href": name, "reason": reason}
    told |= {"parts": shown, "reason": ""}
    if cell.state is State.PASS:
        return {**told, "href": named.part(name, column, cell.seen[0].streams)}
    drawer = f"{name}-{named.row(row, table.protocol)}"
    return {**told, "href": drawer, "drawer": _drawer(row, column, cell, named, drawer)}


def _drawer(row: Behaviour, column: Column, cell: Cell, named: _Names, drawer: str) -> dict[str, Any]:
    return {
        "id": drawer,
        "column": column.id,
        "name": row.name,
        "row": drawer.partition("-")[2],
        "seen": [{**_seen(seen, column, cell, named), **_measured(row, cell, seen)} for seen in cell.seen],
    }


def _measured(row: Behaviour, cell: Cell, seen: Seen) -> dict[str, str]:
    """Of a figure its unit, and of how many streams it is the median."""
    if row.kind != "figure" or seen.state in UNTOLD:
        return {}
    return {"word": f"{word(seen)} {unit(row.name)}".rstrip(), "share": f"median, {_among(cell)}"}


def _among(cell: Cell) -> str:
    return f"n\u00a0{cell.of}"


def _seen(seen: Seen, column: Column, cell: Cell, named: _Names) -> dict[str, Any]:
    untold = seen.state in UNTOLD
    shown = () if untold or seen.state is State.PASS else seen.exhibits
    return {
        "state": CLASSES[seen.state],
        "word": BRIEF[seen.state] if untold else clip(safe(word(seen)), 200),
        "share": f"{len(seen.streams)}" if untold else f"{len(seen.streams)}/{cell.of}",
        "streams": _numbered(seen.streams),
        "reason": clip(safe(seen.reason), 300) if seen.reason else "",
        "places": [_place(at, column, named) for at in shown],
    }


def _numbered(streams: Sequence[int]) -> str:
    """`stream 4`, `streams 1–3, 7`."""
    return f"{'stream' if len(streams) == 1 else 'streams'} {ranges(streams)}"


def _place(at: Exhibit, column: Column, named: _Names) -> dict[str, Any]:
    run = column.runs[at.stream - 1]
    where = [f"stream {at.stream}"]
    where += [f"event {at.event:,}"] if at.event is not None else []
    where += [f"byte {at.offset:,}"] if at.offset is not None else []
    if at.offset is None and at.quote is None:
        where.append(f"the whole of it: {plural(run.events, 'event')}, {size(run.bytes)}")
    return {
        "where": ", ".join(where),
        "source": named.source(column, at.stream),
        "pointer": safe(at.pointer or ""),
        "message": said(at),
        "quote": at.quote or "",
    }


def _rule(row: Behaviour, name: str) -> dict[str, Any]:
    kind = row.level.label if row.level is not None else row.kind
    return {"id": name, "name": row.name, "title": row.title, "kind": f"{kind}, {row.family.value}", "url": row.url}
