"""A compatibility table: rows are behaviours, columns are those who streamed, cells are what was seen.

Law: values only (`matrix_build` counts). A cell says on how many streams it stands; what was not recorded, did not
apply or failed to show its scenario is never counted as kept. Streams made by hand stand in columns of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .behaviour import Behaviour
from .finding import Failure, Family, Level, Run


class State(StrEnum):
    """What a cell says at first sight."""

    FAIL = "fail"
    """A rule of level error is broken."""
    WARNING = "warning"
    NOTE = "note"
    WAIVED = "waived"
    PASS = "pass"
    VALUE = "value"
    """A trait shows one value."""
    MIXED = "mixed"
    """A trait shows what not all streams share."""
    INCONCLUSIVE = "inconclusive"
    NO_EVIDENCE = "no-evidence"
    """It does not occur in a stream that would show it."""
    NOT_RECORDED = "not-recorded"
    """No stream holds the evidence."""


UNTOLD = (State.INCONCLUSIVE, State.NO_EVIDENCE, State.NOT_RECORDED)
"""What says nothing of the peer, the most telling first."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One place that shows what a cell says."""

    stream: int
    """Number of the stream in its column, from 1."""
    event: int | None = None
    """Index among the stream events."""
    offset: int | None = None
    """Byte offset in the body."""
    pointer: str | None = None
    """JSON Pointer into the event's data."""
    message: str | None = None
    quote: str | None = None
    """The bytes there, without what people and models said."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was seen, and in which streams."""

    state: State
    streams: tuple[int, ...]
    """Numbers of the streams in their column, from 1."""
    value: object = None
    """Of a trait; where that is a list, one of its items, or `[]`."""
    exhibits: tuple[Exhibit, ...] = ()
    reason: str | None = None
    """Why it is waived, or why it tells nothing; the most frequent one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the streams of one column show of one behaviour, the most telling first."""

    seen: tuple[Seen, ...]

    @property
    def told(self) -> tuple[Seen, ...]:
        """What says something of the peer."""
        return tuple(seen for seen in self.seen if seen.state not in UNTOLD)

    @property
    def of(self) -> int:
        """Number of streams that tell."""
        return len({number for seen in self.told for number in seen.streams})

    @property
    def state(self) -> State:
        """What the cell says at first sight."""
        first = self.seen[0]
        varies = first.state is State.VALUE and any(len(seen.streams) < self.of for seen in self.told)
        return State.MIXED if varies else first.state


def source_of(run: Run) -> str:
    """The repository that a recording comes from, as its metadata say, else its folder."""
    source = run.metadata.get("source")
    named = source.get("repository") if isinstance(source, Mapping) else source
    return str(named) if named else folder_of(run)


def folder_of(run: Run) -> str:
    """The folder that a recording was loaded from; `.` where it has none."""
    return run.source.replace("\\", "/").rpartition("/")[0] or "."


@dataclass(frozen=True)
class Column:
    """Who streamed: the streams of one provider, target, dialect, model or source in one protocol."""

    key: str
    synthetic: bool
    """True where its streams are marked as made by hand."""
    runs: tuple[Run, ...]
    partial: tuple[str, ...] = ()
    """Why it may be incomplete: what its sessions say of themselves."""

    @property
    def id(self) -> str:
        """The key, marked where it is synthetic: no two columns of a table share it."""
        return f"{self.key} (synthetic)" if self.synthetic else self.key

    @property
    def dates(self) -> tuple[str, str] | None:
        """The first and the last day on which its streams were recorded, as far as they say."""
        days = sorted(str(day)[:10] for run in self.runs if (day := run.metadata.get("recorded")))
        return (days[0], days[-1]) if days else None

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the target that its streams name, in order."""
        named = (run.metadata.get("target_version") for run in self.runs)
        return tuple(dict.fromkeys(str(version) for version in named if version))

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """Where its streams come from, and how many of each; the largest first."""
        counts = Counter(source_of(run) for run in self.runs)
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def holding(self, evidence: str) -> int:
        """Number of streams that hold this evidence."""
        return sum(evidence not in run.missing for run in self.runs)


@dataclass(frozen=True)
class Table:
    """The table of one protocol."""

    protocol: str
    columns: tuple[Column, ...]
    rows: tuple[Behaviour, ...]
    cells: Mapping[tuple[str, str], Cell]
    """(name of the behaviour, id of the column) -> what was seen."""

    def line(self, row: Behaviour) -> list[tuple[Column, Cell]]:
        """The cells of a row, in the order of the columns."""
        return [(column, self.cells[row.name, column.id]) for column in self.columns]

    def families(self) -> Iterator[tuple[Family, list[Behaviour]]]:
        """The rows by family, in the order of the families."""
        for family in Family:
            if rows := [row for row in self.rows if row.family is family]:
                yield family, rows

    def tells(self, row: Behaviour) -> bool:
        """True where any stream says something of it."""
        return any(cell.of for _, cell in self.line(row))


@dataclass(frozen=True)
class Matrix:
    """The tables of all protocols."""

    by: str
    """What a column is: a key of `matrix_build.KEYS`."""
    tables: tuple[Table, ...]
    tool: Mapping[str, str] = field(default_factory=dict)
    ruleset: str = ""
    title: str = "Compatibility table"
    notes: tuple[str, ...] = ()
    """What its maker has to say of it, a paragraph each."""
    failures: tuple[Failure, ...] = ()
    """Inputs that could not be judged."""

    @property
    def streams(self) -> int:
        """Number of streams, those made by hand too."""
        return sum(len(column.runs) for table in self.tables for column in table.columns)


# Filters and places


def narrowed(
    whole: Matrix,
    protocols: Sequence[str] = (),
    families: Sequence[Family] = (),
    keys: Sequence[str] = (),
    level: Level | None = None,
) -> Matrix:
    """The matrix of these protocols, families and columns only; empty: of all. A level leaves the traits out."""
    tables = []
    for table in whole.tables:
        columns = tuple(column for column in table.columns if not keys or column.key in keys)
        rows = tuple(row for row in table.rows if _wanted(row, families, level))
        if columns and rows and (not protocols or table.protocol in protocols):
            tables.append(replace(table, columns=columns, rows=rows))
    return replace(whole, tables=tuple(tables))


def _wanted(row: Behaviour, families: Sequence[Family], level: Level | None) -> bool:
    deep = level is None or (row.level is not None and row.level >= level)
    return deep and (not families or row.family in families)


Find = Callable[[str, Behaviour, Seen, Exhibit, Run], Exhibit]
"""(protocol, row, what was seen, place, run) -> the place with what the bytes there say."""


def exhibited(whole: Matrix, find: Find) -> Matrix:
    """The matrix with its places as `find` completes them, asked column by column."""
    return replace(whole, tables=tuple(_exhibited(table, find) for table in whole.tables))


def _exhibited(table: Table, find: Find) -> Table:
    cells = {}
    for column in table.columns:
        for row in table.rows:
            seen = []
            for one in table.cells[row.name, column.id].seen:
                found = [find(table.protocol, row, one, at, column.runs[at.stream - 1]) for at in one.exhibits]
                seen.append(replace(one, exhibits=tuple(found)))
            cells[row.name, column.id] = Cell(tuple(seen))
    return replace(table, cells=cells)
