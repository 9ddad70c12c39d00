"""Runs that are kept in a history, and how their targets went so far.

Law: what fails here is told, and takes nothing from the verdict.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..core.finding import Report
from ..core.identity import target_of
from ..core.trend import Trend, trend
from ..edge.history import Wanted, append, rows
from ..edge.history_rows import samples
from ..errors import InputError, StorageError
from . import complain

NEWEST = 90
"""Runs of a target that a report shows; `conformance trend` shows all."""


def keep(report: Report, history: str) -> bool:
    """Adds the runs of a report to a history. False where that failed."""
    try:
        append(history, report, datetime.now(UTC).isoformat(timespec="milliseconds"))
    except StorageError as error:
        complain(error)
        return False
    return True


def trends(report: Report, history: str) -> list[Trend]:
    """The newest runs of every target of a report, oldest first; nothing where they cannot be read."""
    try:
        targets = sorted({target_of(run) for run in report.runs})
        return [trend(target, samples(rows(history, Wanted(target, newest=NEWEST)))) for target in targets]
    except InputError as error:
        complain(error)
        return []
