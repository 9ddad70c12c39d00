"""Cancellations in a report: a row for each stage and way, as cells for the terminal and Markdown, and as plain values.

Law: what was not observed is never an empty cell that looks like a good sign: it is said in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

from ..core.cancellation import Cancellations, Spread, cancellations
from ..core.finding import Report, Verdict
from ._markdown import cell
from ._text import Paint, listed, millis, safe, wrap

NAMES = ("stage", "how", "left", "seen", "p50 ms", "p95 ms", "max ms", "after B", "next ms", "verdict")
_ALIGNED = ("left", "left", "right", "right", "right", "right", "right", "right", "right", "left")
_ORDER = {verdict.value: place for place, verdict in enumerate(Verdict)}
READ = (
    "left: how many came to leave at the stage. seen: in how many of those an observer saw it arrive, and after how "
    "many milliseconds (p50, p95, max); a half-close asks nobody to stop, and behind the terminal event all is over: "
    "there only the next request is judged. after: bytes that still came, at most. next: to the first event of the "
    "next answer, at most."
)
"""How the table is read."""
_LEAST = "An observer that polls sees it late: it may have arrived up to {at_most} ms earlier."


def lines(report: Report, columns: int, paint: Paint) -> Iterator[str]:
    """The table for a terminal, with the remarks below it; nothing where nobody left."""
    found = cancellations(report.runs)
    if not found:
        return
    rows = [[paint(name, "dim") for name in NAMES], *(_painted(one, paint) for one in found)]
    table: str = tabulate(rows, tablefmt="plain", disable_numparse=True, colalign=_ALIGNED)
    yield from table.splitlines()
    yield ""
    for remark in remarks(found):
        yield from (paint(line, "dim") for line in wrap(safe(remark), columns))


def section(report: Report) -> Iterator[str]:
    """The same in Markdown."""
    found = cancellations(report.runs)
    if not found:
        return
    yield "## Cancellations"
    table: str = tabulate(
        [[cell(text) for text in cells(one)] for one in found], NAMES, "pipe", disable_numparse=True, colalign=_ALIGNED
    )
    yield table
    yield "\n".join(f"- {cell(remark)}" for remark in (READ, *remarks(found)))


def data(report: Report) -> list[dict[str, Any]]:
    """The same as plain values, each with the evidence of its runs."""
    return [_values(one) for one in cancellations(report.runs)]


def _values(one: Cancellations) -> dict[str, Any]:
    spreads = {name: asdict(value) if (value := getattr(one, name)) else None for name in ("propagated", "closed")}
    more = {name: asdict(value) if (value := getattr(one, name)) else None for name in ("after", "next")}
    return {
        "target": one.target,
        "protocol": one.protocol,
        "stage": one.stage,
        "how": one.how,
        "asked": one.asked,
        "left": one.left,
        "seen": one.seen,
        "late": one.late,
        "never": one.never,
        "unobserved": one.unobserved,
        **spreads,
        "resolution": one.resolution,
        **more,
        "baseline": one.baseline,
        "session": {"usable": one.usable, "tried": one.tried} if one.tried else None,
        "observers": list(one.observers),
        "verdicts": dict(one.verdicts),
        "remarks": list(one.remarks),
        "runs": [{"source": run.source, "interaction": run.interaction, **run.cancellation} for run in one.runs],
    }


def cells(one: Cancellations) -> list[str]:
    """One row, in the order of NAMES."""
    seen = _seen(one) if one.seen else "never" if one.never else _unseen(one) if one.left else ""
    after = f"{one.after.max:,.0f}" if one.after and one.after.max else ""
    return [one.stage, one.how, f"{one.left}/{one.asked}", seen, *_spread(one.propagated), after,
            millis(one.next.max) if one.next else "", listed(_verdicts(one))]  # fmt: skip


def _seen(one: Cancellations) -> str:
    parts = [
        f"{one.seen}/{one.left}",
        f"{one.late} late" if one.late else "",
        f"{one.never} never" if one.never else "",
    ]
    return ", ".join(filter(None, parts))


def _unseen(one: Cancellations) -> str:
    """What stands for a figure where nobody saw anything: where nothing was to stop, that is no gap in the evidence."""
    return "not asked" if one.how == "half-close" else "was over" if one.stage == "after-terminal" else "unobserved"


def _spread(spread: Spread | None) -> list[str]:
    return ["", "", ""] if spread is None else [millis(value) for value in (spread.p50, spread.p95, spread.max)]


def _verdicts(one: Cancellations) -> list[str]:
    if len(one.verdicts) == 1:
        return list(one.verdicts)
    return [f"{count} {verdict}" for verdict, count in sorted(one.verdicts.items(), key=lambda pair: _ORDER[pair[0]])]


def _painted(one: Cancellations, paint: Paint) -> list[str]:
    row = cells(one)
    role = next(iter(one.verdicts)) if len(one.verdicts) == 1 else ""
    return [*row[:-1], paint(row[-1], role)]


def remarks(found: Sequence[Cancellations]) -> Iterator[str]:
    """What the figures do not say: who looked, how sure they are, why some are not there."""
    observers = list(dict.fromkeys(name for one in found for name in one.observers))
    if observers:
        yield f"Observed by {listed(observers)}."
    coarse = max((one.resolution or 0.0 for one in found), default=0.0)
    if coarse >= 1:
        yield _LEAST.format(at_most=millis(coarse))
    before = max((one.baseline or 0.0 for one in found), default=0.0)
    if before:
        yield f"Before the first cancellation, an answer began within {millis(before)} ms."
    usable, tried = sum(one.usable for one in found), sum(one.tried for one in found)
    if tried:
        yield f"Behind RST_STREAM the connection served another request in {usable} of {tried}."
    reasons: dict[str, list[str]] = {}
    for one in found:
        for remark in one.remarks:
            reasons.setdefault(remark, []).append(one.stage)
    for reason, stages in reasons.items():
        yield f"{listed(dict.fromkeys(stages))}: {reason}."
