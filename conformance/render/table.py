"""The report for a terminal: few runs in full, many as a table of runs and a table of what is broken.

Law: the width and the colours are arguments; whether there is a terminal is the command's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tabulate import tabulate

from ..core.finding import JUDGED, Finding, Level, Report, Run
from ._baseline import next_step, remarks, stale_words, together
from ._cancellations import lines as cancellation_lines
from ._details import Excerpt, no_excerpt, reason_of, run_lines
from ._summary import labels, summary
from ._text import Paint, clip_left, plain, plural, safe, wrap

FEW = 3
"""Up to so many runs are shown in full."""
MANY = 40
"""Beyond so many runs, those without errors and warnings are counted, not listed."""
_ROOMY = 30
"""Columns that the file's name should have before other columns may stay."""


def render(
    report: Report, columns: int = 100, paint: Paint = plain, excerpt: Excerpt = no_excerpt, every: bool = False
) -> str:
    """The report as text. `every` lists all runs, however many they are."""
    blocks: list[Iterator[str]] = [cancellation_lines(report, columns, paint)]
    if len(report.runs) <= FEW:
        blocks += [run_lines(run, columns, paint, excerpt) for run in report.runs]
    else:
        blocks += [_runs(_untabled(report, every), columns, paint, every), broken(report, columns, paint)]
    blocks += [failures(report, columns, paint), _stale(report, columns, paint), _baseline(report, columns, paint)]
    texts = ["\n".join(line.rstrip() for line in block) for block in blocks]
    return "\n\n".join([*(text for text in texts if text), summary(report, paint)]) + "\n"


def _untabled(report: Report, every: bool) -> Report:
    """The report without the runs that the table of cancellations has told all of."""
    runs = [run for run in report.runs if every or run.findings or "stage" not in run.cancellation]
    return replace(report, runs=runs)


def _runs(report: Report, columns: int, paint: Paint, every: bool) -> Iterator[str]:
    """The table of runs; columns that matter less go where the width is small."""
    all_shown = every or len(report.runs) <= MANY
    shown = [
        (label, run)
        for label, run in zip(labels(report.runs), report.runs, strict=True)
        if all_shown or any(finding.excuse is None and finding.level > Level.NOTE for finding in run.findings)
    ]
    names, cells = list(COLUMNS), [_cells(run) for _, run in shown]
    room = columns - _taken(names, cells)
    for name in ("events", "dialect", "protocol"):
        if room < _ROOMY:
            cells = [[cell for cell, of in zip(row, names, strict=True) if of != name] for row in cells]
            names.remove(name)
            room = columns - _taken(names, cells)
    rows = [
        [clip_left(label, max(room, 12)), *(_painted(name, cell, paint) for name, cell in zip(names, row, strict=True))]
        for (label, _), row in zip(shown, cells, strict=True)
    ]
    if rows:
        yield _grid(["file", *names], rows, paint)
    yield from (paint(line, "dim") for line in _hidden(report, [run for _, run in shown]))


def _hidden(report: Report, shown: list[Run]) -> Iterator[str]:
    """What the table does not list, counted."""
    seen = {id(run) for run in shown}
    left = [run for run in report.runs if id(run) not in seen]
    kept = sum(run.verdict in JUDGED for run in left)
    reasons = Counter(
        ("without verdict" if run.inconclusive is None else "inconclusive", reason_of(run))
        for run in left
        if run.verdict not in JUDGED
    )
    if kept:
        yield f"{kept:,} more without errors or warnings (--all lists them)"
    for (what, reason), count in reasons.most_common():
        yield f"{count:,} {what}: {reason}"


COLUMNS = ("protocol", "dialect", "verdict", "err", "warn", "note", "events")
_NUMERIC = frozenset({"err", "warn", "note", "events", "runs", "places"})


def _taken(names: list[str], cells: list[list[str]]) -> int:
    """Columns that the table takes beside its first."""
    return sum(max(map(len, (name, *(row[i] for row in cells)))) + 2 for i, name in enumerate(names))


def _grid(names: list[str], rows: list[list[str]], paint: Paint) -> str:
    aligned = ["right" if name in _NUMERIC else "left" for name in names]
    table = [[paint(name, "dim") for name in names], *rows]
    text: str = tabulate(table, tablefmt="plain", disable_numparse=True, colalign=aligned)
    return text


def _cells(run: Run) -> list[str]:
    counts = Counter(finding.level for finding in run.findings if finding.excuse is None)
    numbers = [str(counts[level] or "") for level in reversed(Level)]
    return [run.protocol or "", run.dialect, run.verdict.value, *numbers, f"{run.events:,}"]


def _painted(name: str, cell: str, paint: Paint) -> str:
    role = {"verdict": cell, "err": "error", "warn": "warning", "note": "note"}.get(name, "")
    return paint(cell, role)


def broken(report: Report, columns: int, paint: Paint) -> Iterator[str]:
    """The table of rules that are broken, worst and most frequent first."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    for label, run in zip(labels(report.runs), report.runs, strict=True):
        for finding in run.findings:
            if finding.excuse is None:
                found.setdefault(finding.rule, []).append((label, finding))
    ranked = sorted(
        found.items(), key=lambda item: (-item[1][0][1].level, -len({label for label, _ in item[1]}), item[0])
    )
    rows = []
    for rule, seen in ranked:
        level = seen[0][1].level.label
        runs, places = len({label for label, _ in seen}), sum(finding.count for _, finding in seen)
        rows.append([paint(level, level), rule, f"{runs:,}", f"{places:,}", seen[0][0]])
    names = ["level", "rule", "runs", "places", "first in"]
    room = columns - 9 - 8 - 10 - max((len(rule) for rule in found), default=0)
    if room < _ROOMY - 6:
        rows, names = [row[:4] for row in rows], names[:4]
    if rows:
        yield _grid(names, [[*row[:4], *(clip_left(cell, room) for cell in row[4:])] for row in rows], paint)


def failures(report: Report, columns: int, paint: Paint) -> Iterator[str]:
    """What could not be judged, and why."""
    for failure in report.failures:
        yield f"{paint('not judged', 'error')}  {clip_left(safe(failure.source), columns - 12)}"
        yield from wrap(safe(failure.message.removeprefix(f"{failure.source}: ")), columns, "            ")


def _stale(report: Report, columns: int, paint: Paint) -> Iterator[str]:
    for stale in report.stale:
        kept = f"{plural(stale.runs, 'run')} kept it"
        text = f"dialect {stale.dialect} waives {stale.rule}, but {kept}: {safe(stale.because)}"
        yield from wrap(f"{paint('stale', 'warning')}  {text}", columns, "       ", "")


def _baseline(report: Report, columns: int, paint: Paint) -> Iterator[str]:
    check = report.baseline
    if check is None:
        return
    for alike in together(check.stale):
        yield from wrap(f"{paint('stale', 'error')}  {stale_words(*alike)}", columns, "       ", "")
    if check.stale:
        yield from wrap(next_step(check), columns, "       ")
    yield from (paint(line, "dim") for line in wrap(" ".join(remarks(check)), columns))
