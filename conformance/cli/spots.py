"""Findings and their places in the files that were read.

Law: only files with findings are read again; what cannot be read again, or came by standard input, has no place.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.finding import Outcome, Report, Run
from ..edge.load import STDIN, load
from ..edge.locate import Locator
from ..errors import InputError


def located(report: Report) -> Report:
    """The report, every finding with its spot. Files are read one after the other: they may be large, and many."""
    runs = list(report.runs)
    guilty: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        if run.findings:
            guilty.setdefault(run.source, []).append(number)
    for source, numbers in guilty.items():
        locator = _locator(source)
        if locator is not None:
            for number in numbers:
                runs[number] = _located(runs[number], locator)
    return replace(report, runs=tuple(runs))


def _locator(source: str) -> Locator | None:
    if source in (STDIN, ""):
        return None
    try:
        return Locator(Path(source).read_bytes(), load(source))
    except (OSError, InputError):
        return None


def _located(run: Run, locator: Locator) -> Run:
    return replace(run, outcomes=tuple(_outcome(outcome, run.interaction, locator) for outcome in run.outcomes))


def _outcome(outcome: Outcome, interaction: int, locator: Locator) -> Outcome:
    if not outcome.findings:
        return outcome
    found = tuple(replace(one, spot=locator.spot(interaction, one)) for one in outcome.findings)
    return replace(outcome, findings=found)
