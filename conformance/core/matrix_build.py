"""Many runs -> a compatibility table.

Law: pure, and counts only; a stream that is given twice counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median_low

from .behaviour import FIGURES, Behaviour
from .finding import Finding, Level, Outcome, Run, Verdict
from .matrix import UNTOLD, Cell, Column, Exhibit, Matrix, Seen, State, Table, folder_of, source_of

EXHIBITS = 3
"""Places that one cell shows of one thing that was seen; the other streams are named by their numbers."""
_FAULTS = {Level.ERROR: State.FAIL, Level.WARNING: State.WARNING, Level.NOTE: State.NOTE}
_RANK = list(State)
_KINDS = ("trait", "rule", "figure")


# Who streamed


def provider_of(run: Run) -> str:
    """Who streamed: as the metadata say, else the dialect, else the target, else the folder."""
    named = run.metadata.get("provider")
    dialect = run.dialect if run.dialect != "strict" else None
    return str(named or dialect or run.metadata.get("target") or folder_of(run).rpartition("/")[2])


KEYS: Mapping[str, Callable[[Run], str]] = {
    "provider": provider_of,
    "target": lambda run: str(run.metadata.get("target") or provider_of(run)),
    "dialect": lambda run: run.dialect,
    "model": lambda run: run.model or "unknown",
    "source": source_of,
}
"""What columns can stand for -> the key of a run."""


def matrix(
    runs: Iterable[Run],
    behaviours: Callable[[str], Sequence[Behaviour]],
    by: str = "provider",
    partial: Mapping[str, str] | None = None,
) -> Matrix:
    """The table of the runs; a stream that is given twice counts once.

    `behaviours` gives the rows of a protocol, `partial` what is said of a source that may be incomplete.
    """
    once = {(run.source, run.interaction): run for run in runs}
    groups: dict[str, dict[tuple[bool, str], list[Run]]] = {}
    for run in once.values():
        who = (run.metadata.get("synthetic") is True, KEYS[by](run))
        groups.setdefault(run.protocol or "unknown", {}).setdefault(who, []).append(run)
    tables = []
    for protocol, found in groups.items():
        columns = tuple(_column(*who, members, partial or {}) for who, members in sorted(found.items(), key=_most))
        tables.append(_table(protocol, columns, behaviours(protocol)))
    return Matrix(by, tuple(sorted(tables, key=_rank)))


def _most(group: tuple[tuple[bool, str], list[Run]]) -> tuple[bool, int, str]:
    (synthetic, key), members = group
    return synthetic, -len(members), key


def _rank(table: Table) -> tuple[bool, int, str]:
    return table.protocol == "unknown", -sum(len(column.runs) for column in table.columns), table.protocol


def _column(synthetic: bool, key: str, runs: Sequence[Run], partial: Mapping[str, str]) -> Column:
    remarks = dict.fromkeys(partial[run.source] for run in runs if run.source in partial)
    return Column(key, synthetic, tuple(runs), tuple(remarks))


def _table(protocol: str, columns: tuple[Column, ...], rows: Sequence[Behaviour]) -> Table:
    kept = tuple(sorted(rows, key=lambda row: (_KINDS.index(row.kind), -(row.level or 0), _order(row))))
    cells = {}
    for column in columns:
        outcomes = [{outcome.rule: outcome for outcome in run.outcomes} for run in column.runs]
        for row in kept:
            cells[row.name, column.id] = _cell(row, column, outcomes)
    return Table(protocol, columns, kept, cells)


def _order(row: Behaviour) -> str | int:
    """Figures stand as they are measured, from the first to the last; everything else by its name."""
    return list(FIGURES).index(row.name) if row.kind == "figure" else row.name


# What was seen


def _cell(row: Behaviour, column: Column, outcomes: Sequence[Mapping[str, Outcome]]) -> Cell:
    if row.kind == "rule":
        return _rule_cell(row, column, outcomes)
    return _figure_cell(row, column) if row.kind == "figure" else _trait_cell(row, column)


def _rule_cell(row: Behaviour, column: Column, outcomes: Sequence[Mapping[str, Outcome]]) -> Cell:
    groups: dict[State, list[tuple[int, Outcome | None]]] = {}
    for number, (run, judged) in enumerate(zip(column.runs, outcomes, strict=True), 1):
        outcome = judged.get(row.name)
        groups.setdefault(_state(run, outcome), []).append((number, outcome))
    return Cell(tuple(_seen(state, groups[state]) for state in sorted(groups, key=_RANK.index)))


def _state(run: Run, outcome: Outcome | None) -> State:
    if outcome is None or outcome.verdict in (Verdict.NOT_APPLICABLE, Verdict.NEW):
        return State.NO_EVIDENCE
    if outcome.verdict in (Verdict.FAIL, Verdict.KNOWN):
        return _FAULTS[max((finding.level for finding in outcome.findings), default=Level.ERROR)]
    kept = outcome.verdict is Verdict.PASS and run.inconclusive is not None
    return State.INCONCLUSIVE if kept else State(outcome.verdict.value)


def _seen(state: State, members: Sequence[tuple[int, Outcome | None]]) -> Seen:
    reasons = Counter(reason for _, outcome in members if outcome and (reason := _reason(outcome)))
    firsts = [(number, outcome.findings[0]) for number, outcome in members if outcome and outcome.findings]
    exhibits = tuple(_exhibit(number, finding) for number, finding in firsts[:EXHIBITS])
    common = reasons.most_common(1)[0][0] if reasons else None
    return Seen(state, tuple(number for number, _ in members), None, exhibits or _whole(state, members), common)


def _reason(outcome: Outcome) -> str | None:
    return outcome.findings[0].waived if outcome.findings else outcome.reason


def _whole(state: State, members: Sequence[tuple[int, object]]) -> tuple[Exhibit, ...]:
    """What shows that a rule is kept: the first stream, all of it."""
    return (Exhibit(members[0][0]),) if state not in UNTOLD else ()


def _exhibit(number: int, finding: Finding) -> Exhibit:
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    return Exhibit(number, finding.event, finding.offset, finding.pointer, finding.message + times)


def _trait_cell(row: Behaviour, column: Column) -> Cell:
    values: dict[str, tuple[object, list[int]]] = {}
    silent: dict[State, list[int]] = {}
    for number, run in enumerate(column.runs, 1):
        value = run.traits.get(row.name)
        for item in _items(value):
            values.setdefault(repr(item), (item, []))[1].append(number)
        if value is None:
            blind = row.needs & set(run.missing)
            silent.setdefault(State.NOT_RECORDED if blind else State.NO_EVIDENCE, []).append(number)
    ranked = sorted(values.items(), key=lambda item: (-len(item[1][1]), item[0]))
    seen = [Seen(State.VALUE, tuple(found), value, (Exhibit(found[0]),)) for _, (value, found) in ranked]
    seen += [Seen(state, tuple(silent[state])) for state in UNTOLD if state in silent]
    return Cell(tuple(seen))


def _figure_cell(row: Behaviour, column: Column) -> Cell:
    """The median of the streams that have the figure; it is that of one of them, which shows it."""
    figures = {number: run.latency.get(row.name) for number, run in enumerate(column.runs, 1)}
    told = {number: value for number, value in figures.items() if value is not None}
    silent: dict[State, list[int]] = {}
    for number, run in enumerate(column.runs, 1):
        if number not in told:
            blind = row.needs & set(run.missing)
            silent.setdefault(State.NOT_RECORDED if blind else State.NO_EVIDENCE, []).append(number)
    seen = [Seen(state, tuple(silent[state])) for state in UNTOLD if state in silent]
    if told:
        middle, at = median_low((value, number) for number, value in told.items())
        seen.insert(0, Seen(State.VALUE, tuple(told), _short(middle), (Exhibit(at),)))
    return Cell(tuple(seen))


def _short(value: float) -> float | int:
    """The digits that matter."""
    return round(value) if abs(value) >= 100 else round(value, 1 if abs(value) >= 10 else 2)


def _items(value: object) -> Sequence[object]:
    """What a trait shows: of a list each of its items, so that they are counted one by one."""
    if isinstance(value, list | tuple) and value:
        return list(dict.fromkeys(value))
    return [] if value is None else [value]
