"""What paths tell: recordings, judged now, and JSON reports, as they were judged when they were written.

Law: reports come first, each in its order. Why a rule did not apply, and the events, are not in a report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.behaviour import Behaviour
    from ..core.finding import Failure, Run
    from .work import Judge


@dataclass(frozen=True)
class Told:
    """The runs of some paths."""

    runs: list[Run]
    rules: list[Behaviour]
    """Rules of the reports: this version may not know them."""
    failures: list[Failure]
    reports: list[str]
    """Which of the files are reports."""


def told(paths: Sequence[str], judge: Judge, jobs: int | None) -> Told:
    """All that the paths stand for. Raises InputError for a report that does not fit its schema."""
    from ..catalogue import data_folder
    from ..edge import reportfile
    from .progress import Progress
    from .settled import judged
    from .work import found

    files, failures = found(paths)
    reports = [path for path in files if reportfile.is_report(path)]
    read = [reportfile.read(path, data_folder("schemas") / "report.json") for path in reports]
    streams = [path for path in files if path not in set(reports)]
    with Progress(len(streams), "files") as progress:
        now, _, unread = judged(judge, paths, jobs, streams, progress.step)
    return Told(
        runs=[*(run for one in read for run in one.runs), *now],
        rules=[rule for one in read for rule in one.rules],
        failures=[*failures, *(failure for one in read for failure in one.failures), *unread],
        reports=reports,
    )
