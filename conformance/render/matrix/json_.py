"""The compatibility table as JSON, for machines: the contract of `schemas/table.json`.

Law: the keys and their order are published; a key is added at the end or not at all.
"""

from __future__ import annotations

from typing import Any

import orjson

from ...core.behaviour import Behaviour
from ...core.matrix import UNTOLD, Cell, Column, Exhibit, Matrix, Seen, State, Table
from ._words import cell_text, ranges, said

TABLE_VERSION = 1


def render(matrix: Matrix) -> str:
    """JSON with a line for every column and every row, so that what changed in one is seen."""
    head = {
        "table": TABLE_VERSION,
        "tool": dict(matrix.tool),
        "ruleset": matrix.ruleset,
        "by": matrix.by,
        "title": matrix.title,
        "notes": list(matrix.notes),
        "streams": matrix.streams,
        "failures": [{"source": one.source, "message": one.message} for one in matrix.failures],
    }
    members = [f"{_dumped(name)}: {_dumped(value)}" for name, value in head.items()]
    tables = ",\n".join(_table(table) for table in matrix.tables)
    return "{\n" + ",\n".join([*members, f'"tables": [\n{tables}\n]']) + "\n}\n"


def _dumped(value: object) -> str:
    return orjson.dumps(value).decode()


def _table(table: Table) -> str:
    columns = ",\n".join(_dumped(_column(column)) for column in table.columns)
    rows = ",\n".join(_dumped(_row(table, row)) for row in table.rows)
    return f'{{"protocol": {_dumped(table.protocol)}, "columns": [\n{columns}\n], "rows": [\n{rows}\n]}}'


def _column(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": column.id,
        "key": column.key,
        "synthetic": column.synthetic,
        "partial": list(column.partial),
        "first": column.dates[0] if column.dates else None,
        "last": column.dates[1] if column.dates else None,
        "sources": dict(column.sources),
        "streams": [
            {
                "source": run.source,
                "interaction": run.interaction,
                "model": run.model,
                "dialect": run.dialect,
                "verdict": run.verdict.value,
                "events": run.events,
                "bytes": run.bytes,
                "missing": " ".join(run.missing),
            }
            for run in column.runs
        ],
    }
    return told | ({"versions": list(column.versions)} if column.versions else {})


def _row(table: Table, row: Behaviour) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "family": row.family.value,
        "title": row.title,
        "level": row.level.label if row.level is not None else None,
        "url": row.url,
        "cells": {column.id: _cell(cell) for column, cell in table.line(row) if cell.state is not State.NO_EVIDENCE},
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "state": cell.state.value,
        "text": cell_text(cell),
        "of": cell.of,
        "seen": [_seen(seen) for seen in cell.seen if seen.state is not State.NO_EVIDENCE],
    }


def _seen(seen: Seen) -> dict[str, Any]:
    data: dict[str, Any] = {"state": seen.state.value, "streams": ranges(seen.streams, "-")}
    if seen.state is State.VALUE:
        data["value"] = seen.value
    if seen.reason:
        data["reason"] = seen.reason
    if seen.state not in UNTOLD and seen.state is not State.PASS:
        data["places"] = [_place(at) for at in seen.exhibits]
    return data


def _place(at: Exhibit) -> dict[str, Any]:
    told = {
        "stream": at.stream,
        "event": at.event,
        "offset": at.offset,
        "pointer": at.pointer,
        "message": said(at) or None,
        "quote": at.quote,
    }
    return {name: value for name, value in told.items() if value is not None}
