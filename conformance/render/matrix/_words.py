"""What the cells and columns of a compatibility table say, in words that all its forms share.

Law: what says nothing of the peer never looks like a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...core.finding import JUDGED, Verdict
from ...core.matrix import UNTOLD, Cell, Column, Exhibit, Matrix, Seen, State, Table
from .._quote import LIMIT
from .._text import clip, plural, safe, value_of

MOST = 3
"""Values of a trait that a cell names."""
BRIEF = {State.NOT_RECORDED: "n/r", State.NO_EVIDENCE: "–", State.INCONCLUSIVE: "inconclusive"}
LEGEND = {
    State.PASS: "kept in all streams that tell",
    State.FAIL: "a rule of level error is broken",
    State.WARNING: "a rule of level warning is broken",
    State.NOTE: "worth knowing: nothing forbids it",
    State.WAIVED: "broken, as the provider's documents or recordings show it always is",
    State.VALUE: "what a trait shows, in how many of the streams that show it",
    State.MIXED: "a trait shows what not all of them share",
    State.INCONCLUSIVE: "the streams fail to show what was asked for",
    State.NO_EVIDENCE: "it does not occur in these streams",
    State.NOT_RECORDED: "the recordings do not hold the evidence",
}


class Part(NamedTuple):
    """One of the things that a cell names: `own-chunk`, `12/13`."""

    word: str
    share: str
    state: State


def parts(cell: Cell) -> list[Part]:
    """What a cell names: faults before what is kept, values by their number; at most MOST, and how many more."""
    told = [seen for seen in cell.told if seen.state is not State.PASS] or list(cell.told)
    shown = [Part(word(seen), f"{len(seen.streams)}/{cell.of}", seen.state) for seen in told[:MOST]]
    if len(told) > MOST:
        left = {number for seen in told[MOST:] for number in seen.streams}
        shown.append(Part(f"{len(told) - MOST} more", f"{len(left)}/{cell.of}", State.MIXED))
    return shown


def word(seen: Seen) -> str:
    """The verdict, or the value of a trait."""
    return value_of(seen.value) if seen.state is State.VALUE else seen.state.value


def said(at: Exhibit) -> str:
    """The message of a place, cut: a rule may quote what it found."""
    return clip(safe(at.message or ""), LIMIT)


def cell_text(cell: Cell) -> str:
    """`own-chunk 12/12`, `fail 3/9`, `n/r`, `–`."""
    return ", ".join(f"{part.word} {part.share}" for part in parts(cell)) or _untold(cell)


def _untold(cell: Cell) -> str:
    found = cell.seen[0]
    count = f" {len(found.streams)}" if found.state is State.INCONCLUSIVE else ""
    return BRIEF[found.state] + count


def untold_reason(cell: Cell, row_needs: Iterable[str]) -> str:
    """Why a cell says nothing: `framing is not recorded (5 streams); no tool call in the stream (7 streams)`."""
    said = []
    for seen in cell.seen:
        if seen.state in UNTOLD:
            needs = ", ".join(sorted(row_needs))
            words = {
                State.NOT_RECORDED: f"not recorded: {needs}" if needs else "not recorded",
                State.INCONCLUSIVE: "inconclusive",
                State.NO_EVIDENCE: "does not occur",
            }
            said.append(f"{seen.reason or words[seen.state]} ({plural(len(seen.streams), 'stream')})")
    return "; ".join(said)


def is_quiet(table: Table, name: str) -> bool:
    """True where a rule is kept by all who tell, so that its row may be folded away."""
    told = [cell for column in table.columns if (cell := table.cells[name, column.id]).of]
    return bool(told) and all(cell.state is State.PASS for cell in told)


def ranges(numbers: Sequence[int], dash: str = "–") -> str:
    """`1–4, 7`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}{dash}{last}" for first, last in found)


# Provenance


def period(column: Column) -> str:
    """`2024-03 to 2026-01`; empty where no stream says when it was recorded."""
    if column.dates is None:
        return ""
    first, last = (day[:7] for day in column.dates)
    dated = sum(bool(run.metadata.get("recorded")) for run in column.runs)
    some = f" ({dated} of {len(column.runs)} say)" if dated < len(column.runs) else ""
    return (first if first == last else f"{first} to {last}") + some


def verdicts(column: Column) -> str:
    """`10 pass, 2 fail`."""
    counts = Counter(run.verdict for run in column.runs)
    ranked = [*JUDGED, Verdict.INCONCLUSIVE]
    told = [f"{counts[verdict]:,} {verdict.value}" for verdict in ranked if counts[verdict]]
    rest = len(column.runs) - sum(counts[verdict] for verdict in ranked)
    return ", ".join([*told, *([f"{rest:,} without verdict"] if rest else [])])


def provenance(table: Table, column: Column) -> Iterator[tuple[str, str]]:
    """What a column stands on: name and words. All columns of a table have the same names."""
    total = len(column.runs)
    yield "streams", f"{total:,}"
    if any(other.versions for other in table.columns):
        yield "version", ", ".join(column.versions) or "not said"
    yield "verdicts", verdicts(column)
    yield "recorded", period(column) or "not said"
    yield "sources", f"{len(column.sources):,}"
    for evidence in ("framing", "headers", "timing"):
        yield evidence, f"{column.holding(evidence):,}/{total:,}"


def caveats(matrix: Matrix) -> Iterator[str]:
    """What makes the table less than it looks: partial runs, inputs that could not be judged."""
    for table in matrix.tables:
        for column in table.columns:
            for remark in column.partial:
                yield f"{column.id} ({table.protocol}) is partial: {remark}."
    for failure in matrix.failures:
        yield f"Not judged: {failure.source}: {failure.message.removeprefix(f'{failure.source}: ')}"


def totals(matrix: Matrix) -> str:
    """`936 streams of 43 providers in 7 protocols, 29 of them made by hand`."""
    columns = [column for table in matrix.tables for column in table.columns]
    keys = {column.key for column in columns}
    by_hand = sum(len(column.runs) for column in columns if column.synthetic)
    made = f", {by_hand:,} of them made by hand" if by_hand else ""
    what = plural(len(keys), matrix.by)
    return f"{plural(matrix.streams, 'stream')} of {what} in {plural(len(matrix.tables), 'protocol')}{made}"
