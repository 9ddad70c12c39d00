"""Findings and their places in the files that were read.

Law: only files with findings are read again; what cannot be read again, or came by standard input, has no place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..core.finding import Outcome, Report, Run
from ..edge.load import STDIN, load
from ..edge.locate import Locator
from ..errors import InputError


def located(report: Report) -> Report:
    """The report, every finding with its spot."""
    sources = dict.fromkeys(run.source for run in report.runs if run.findings)
    locators = {source: found for source in sources if (found := _locator(source)) is not None}
    return replace(report, runs=tuple(_located(run, locators) for run in report.runs))


def _locator(source: str) -> Locator | None:
    if source in (STDIN, ""):
        return None
    try:
        return Locator(Path(source).read_bytes(), load(source))
    except (OSError, InputError):
        return None


def _located(run: Run, locators: Mapping[str, Locator]) -> Run:
    locator = locators.get(run.source)
    if locator is None or not run.findings:
        return run
    return replace(run, outcomes=tuple(_outcome(outcome, run.interaction, locator) for outcome in run.outcomes))


def _outcome(outcome: Outcome, interaction: int, locator: Locator) -> Outcome:
    if not outcome.findings:
        return outcome
    found = tuple(replace(one, spot=locator.spot(interaction, one)) for one in outcome.findings)
    return replace(outcome, findings=found)
