"""The two sides of a diff, read and judged: recordings with their shape, and the runs of JSON reports.

Law: both sides are judged by the same rules, now; what a report says was judged when it was written.
"""

from __future__ import annotations

from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .options import Inputs

if TYPE_CHECKING:
    from ..core.diff_build import Read
    from ..core.finding import Run
    from .work import Judge


def sides(old: str, new: str, inputs: Inputs, jobs: int | None) -> tuple[Read, Read]:
    """OLD and NEW. Raises UsageError for options that name nothing, InputError for a report that does not fit."""
    from dataclasses import replace

    from .work import Judge

    judge = Judge(inputs, shaped=True)
    judge.validate()
    found = [_side(path, judge, jobs) for path in (old, new)]
    if all(len({run.source for run, _ in side.runs}) == 1 for side in found):  # two files: their names say nothing
        found = [replace(side, runs=[(run, _number(run)) for run, _ in side.runs]) for side in found]
    return found[0], found[1]


def _side(path: str, judge: Judge, jobs: int | None) -> Read:
    from ..core.diff_build import Read
    from .told import told

    found = told([path], judge, jobs)
    return Read(path, _named(found.runs, path), bool(found.reports), found.failures)


def _named(runs: list[Run], path: str) -> list[tuple[Run, str]]:
    """Each run with its file relative to the folder that was named, or that all sources share."""
    sources = {run.source for run in runs}
    root = path if Path(path).is_dir() else _common(sources)
    return [(run, _relative(run.source, root) + _number(run)) for run in runs]


def _common(sources: set[str]) -> str:
    try:
        shared = commonpath(sources) if sources else ""
    except ValueError:  # other drives, or absolute and relative
        return ""
    return str(Path(shared).parent) if shared in sources else shared


def _relative(source: str, root: str) -> str:
    file = Path(source)
    return (file.relative_to(root) if root and file.is_relative_to(root) else file).as_posix()


def _number(run: Run) -> str:
    return f"#{run.interaction}" if run.interaction else ""


def numpy_or_none() -> Any:
    """numpy, where the extra `stats` is installed."""
    try:
        import numpy
    except ModuleNotFoundError:
        return None
    return numpy
