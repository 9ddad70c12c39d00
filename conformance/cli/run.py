"""Ask targets every scenario, record the answers, and check them.

Law: a thin command: what to ask stands in `run_sessions`, asking in `edge.runner`, judging in `settled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..targets import Asking
from .asking import asking, terminated_as_interrupted
from .known import Known, known
from .options import Inputs, Reports, reports
from .run_options import Running, running

if TYPE_CHECKING:
    from ..core.baseline import Entry
    from ..core.finding import Report
    from ..core.recording import Recording
    from ..edge.runner_folder import Session
    from .run_table import Console
    from .work import Judge


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@running
@asking
@known
@reports
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    running: Running,
    asking: Asking,
    known: Known,
    reports: Reports,
) -> None:
    """Ask targets every scenario, record the answers, and check them.

    TARGET is a name from targets.toml, a provider's name, a URL (http://host/v1, or the endpoint itself), or `builtin`
    (the default): the server that comes along and needs no network. `conformance targets` lists the names. Every
    exchange is kept as a cassette in one folder with a manifest, so that `conformance check` can judge the same bytes
    again at any time. Several targets are asked side by side; what ends one of them ends no other.

    \b
        conformance run
        conformance run http://127.0.0.1:8000/v1 --model my-model --scenario tools --repeats 5
        conformance run openai my-gateway --max-requests 50 --json report.json
        conformance run http://127.0.0.1:8000 --protocol anthropic-messages --protocol openai-responses
        conformance run --resume runs/my-gateway-20261121T093000Z

    A scenario that the target refuses, or answers with something else than what it is there to show, is inconclusive:
    no pass, and no fault. Exit code 3: a target could not be reached, answered no scenario of a protocol with a stream,
    or was not asked everything.
    """
    from ..edge.runner import run
    from .run_sessions import planned
    from .run_table import Console
    from .work import judging

    judge = judging(Inputs(dialect=running.dialect, ruleset=running.ruleset), reports)
    entries = known.entries()
    with terminated_as_interrupted(), planned(targets, asking, running) as (root, lanes):
        sessions = [session for lane in lanes for session in lane.sessions]
        console = Console(reports, sessions)
        run(lanes, on_start=console.start, on_done=console.done)
    console.close()
    _unreachable(root, sessions, resumed=running.resume is not None)
    whole, recordings = _judged(root, judge, known, entries, reports)
    ctx.exit(_conclude(root, sessions, console, whole, recordings, reports))


def _unreachable(root: Path, sessions: Sequence[Session], resumed: bool) -> None:
    """Raises TargetError, and leaves nothing behind, where the only target could not be reached."""
    from ..edge.runner import forget

    first = sessions[0].refused
    if first is None or resumed or any(session.refused is None for session in sessions):
        return
    if len({session.target.name for session in sessions}) == 1:
        for session in sessions:
            forget(session)
        with suppress(OSError):
            root.rmdir()
        raise first


def _judged(
    root: Path, judge: Judge, known: Known, entries: Sequence[Entry], reports: Reports
) -> tuple[Report, Sequence[Recording | None]]:
    """The report of all cassettes, held against the baseline, and some of the recordings."""
    from ..library import report
    from .known import hold
    from .settled import folder_of, judged

    files, failures = folder_of(str(root))
    runs, recordings, more = judged(judge, [str(root)], 1, files, lambda: None)
    marked, baseline = hold(runs, known, entries, reports.fail_on)
    return report(marked, [*failures, *more], judge.inputs.ruleset, baseline), recordings


def _conclude(
    root: Path,
    sessions: Sequence[Session],
    console: Console,
    whole: Report,
    recordings: Sequence[Recording | None],
    reports: Reports,
) -> int:
    """Prints what came of it, and returns the exit code."""
    from .output import conclude
    from .run_table import table

    console.line("\n" + "\n".join(table(sessions, {run.source: run for run in whole.runs})))
    console.line(f"\nRecorded in {root}")
    told = _told(whole)
    if not told:
        console.line()
    shown = replace(reports, quiet=True) if told else reports  # then the table above has said it all
    code = conclude(whole, shown, recordings)
    streams = [run.source for run in whole.runs if run.events]
    if told and streams:
        console.line(click.style(f"Next: conformance show {min(streams, key=len)}", dim=True))
    return code


def _told(report: Report) -> bool:
    """True where the table of scenarios has said all that there is to say."""
    check = report.baseline
    silent = check is None or not (check.stale or check.unseen)
    return silent and not report.failures and not any(run.findings for run in report.runs)
