"""What a judging command prints and writes, and the number it ends with. One way for all of them.

Law: a report that goes to standard output has it for itself: then the table goes to standard error.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from shutil import get_terminal_size

import click

from .. import library
from ..core.finding import Finding, Level, Report, Run
from ..core.recording import Recording
from .files import STDOUT, code_of, write_all
from .options import Reports

MAX_COLUMNS = 160


def columns(fallback: int = 100) -> int:
    """Width to print for: the terminal's, COLUMNS', or `fallback` where there is neither."""
    return max(40, min(MAX_COLUMNS, get_terminal_size((fallback, 24)).columns))


def conclude(report: Report, reports: Reports, recordings: Sequence[Recording | None] = (), every: bool = False) -> int:
    """Prints and writes the report as asked, and returns the exit code.

    `recordings` stand beside the runs, in their order: the bytes that findings point at are shown from them.
    """
    from ..render import table
    from ..render._summary import summary
    from ..render._text import ansi

    err = STDOUT in reports.files.values()
    if reports.quiet:
        click.echo(summary(report, ansi), err=err)
    else:
        text = table.render(report, columns(), ansi, _Bytes(report, recordings), every)
        click.echo(text + "".join(f"{line}\n" for line in next_steps(report)), nl=False, err=err)
    kept = True
    if reports.history is not None and report.runs:
        from .keeping import keep

        kept = keep(report, reports.history)
    kept &= _write(report, reports)
    return code_of(exit_code(report, reports.fail_on), kept)


def _write(report: Report, reports: Reports) -> bool:
    """Writes every form that was asked for. False where one could not be written."""
    whole = replace(report, fail_on=reports.fail_on)
    if any(map(library.shows_spots, reports.files)):
        from .spots import located

        whole = located(whole)
    if reports.history is not None and any(map(library.shows_trends, reports.files)):
        from .keeping import trends

        whole = replace(whole, trends=trends(report, reports.history))
    return write_all(reports.files, lambda form: library.render(whole, form))


def exit_code(report: Report, fail_on: Level | None) -> int:
    """The report's exit code; with None no finding counts, but "we could not tell" still does."""
    if fail_on is not None:
        return report.exit_code(fail_on)
    return 0 if report.judged and not report.failures else 3


def next_steps(report: Report) -> list[str]:
    """Where to look next, as commands; nothing where all is well."""
    worst = report.worst()
    if worst is None:
        return []
    run = next(run for run in report.runs if run.worst() == worst)
    rule = next(finding.rule for finding in run.findings if finding.excuse is None)
    several = f" --interaction {run.interaction}" if run.interaction else ""
    steps = [f"conformance show {_quoted(run.source)}{several}"] if run.source not in (STDOUT, "") else []
    steps.append(f"conformance rules {rule}")
    return [click.style(f"{'' if number else 'Next:':<6}{step}", dim=True) for number, step in enumerate(steps)]


def _quoted(path: str) -> str:
    from shlex import quote

    return f'"{path}"' if os.name == "nt" else quote(path)


class _Bytes:
    """Finds the lines of the body that a finding points at."""

    def __init__(self, report: Report, recordings: Sequence[Recording | None]) -> None:
        self._bodies = {id(run): found.body for run, found in zip(report.runs, recordings, strict=False) if found}

    def __call__(self, run: Run, finding: Finding, width: int) -> list[str]:
        from ..render._excerpt import excerpt

        return excerpt(self._bodies.get(id(run), b""), finding, width)
