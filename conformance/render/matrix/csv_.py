"""The compatibility table as CSV, tidy: a line for everything that was seen of one behaviour in one column.

Law: a spreadsheet's formula never comes from a peer: text that would be one is quoted with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ...core.matrix import UNTOLD, Matrix
from .._text import safe
from ._words import ranges, word

NAMES = (
    "protocol", "column", "synthetic", "partial", "family", "kind", "behaviour", "level", "state", "seen", "count",
    "of", "streams", "source", "interaction", "event", "offset", "pointer", "quote",
)  # fmt: skip


def render(matrix: Matrix) -> str:
    """The lines, with a head; numbers of streams are those of the column in the JSON form."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows([_tame(value) for value in line] for line in _lines(matrix))
    return out.getvalue()


def _lines(matrix: Matrix) -> Iterator[list[object]]:
    for table in matrix.tables:
        for row in table.rows:
            level = row.level.label if row.level is not None else ""
            for column, cell in table.line(row):
                who = [table.protocol, column.key, column.synthetic, bool(column.partial)]
                for seen in cell.seen:
                    of = cell.of if seen.state not in UNTOLD else ""
                    what = [row.family.value, row.kind, row.name, level, seen.state.value, word(seen)]
                    place: list[object] = ["", "", "", "", "", ""]
                    if seen.exhibits:
                        at = seen.exhibits[0]
                        run = column.runs[at.stream - 1]
                        place = [run.source, run.interaction, at.event, at.offset, at.pointer, at.quote]
                    yield [*who, *what, len(seen.streams), of, ranges(seen.streams), *place]


def _tame(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return "" if value is None else value
    text = safe(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
