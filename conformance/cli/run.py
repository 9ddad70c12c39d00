"""Ask a target every scenario, record the answers, and check them.

Law: a thin command: asking stands in `edge.runner`, judging in `library`, printing in `output`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import Inputs, Reports, reports
from .targets import BUILTIN, Asking, asking, opened, scenario, scenarios, terminated_as_interrupted

if TYPE_CHECKING:
    from ..core.finding import Run
    from ..core.recording import Recording
    from ..edge.runner import Exchange, Session
    from ..edge.scenario import Scenario, Target
    from .work import Judge

AT_ONCE = 4
"""Exchanges at once with the built-in server; another target is asked one thing after the other, if not told else."""


@click.command()
@click.argument("target", default=BUILTIN, metavar="[TARGET]")
@click.option("--scenario", "wanted", multiple=True, metavar="NAME", help="Only this scenario; repeatable.")
@click.option("--skip", multiple=True, metavar="NAME", help="Without this scenario; repeatable.")
@asking
@click.option("--dialect", metavar="NAME", help="Provider's dialect, a .toml file, or 'strict'.  [default: by host]")
@click.option("--ruleset", metavar="YYYY.MM", help="Judge by the rules of that month.  [default: newest]")
@click.option("--concurrency", type=click.IntRange(1, 64), metavar="N", help="Scenarios at once.  [default: 1]")
@click.option("-o", "--output", metavar="DIR", help="Folder for the cassettes.  [default: runs/TARGET-TIME]")
@reports
@click.pass_context
def command(
    ctx: click.Context,
    target: str,
    wanted: tuple[str, ...],
    skip: tuple[str, ...],
    asking: Asking,
    dialect: str | None,
    ruleset: str | None,
    concurrency: int | None,
    output: str | None,
    reports: Reports,
) -> None:
    """Ask a target every scenario, record the answers, and check them.

    TARGET is a URL (http://host/v1, or the endpoint itself), a provider's name, or `builtin` (the default): the server
    that comes along and needs no network. Every exchange is kept as a cassette, so that `conformance check` can judge
    the same bytes again at any time.

    \b
        conformance run
        conformance run http://127.0.0.1:8000/v1 --model my-model --scenario tools --scenario usage
        conformance run https://gateway.example/v1 --key-env MY_KEY --markdown report.md

    A scenario that the target refuses (a parameter that it does not know) is shown with its status, and is no fault.
    Exit code 3: the target could not be reached, answered no scenario with a stream, or the run was interrupted.
    """
    from ..edge.runner import run

    judge = _judge(dialect, ruleset)
    with terminated_as_interrupted(), opened(target, asking) as found:
        found = replace(found, dialect=_named(dialect) or found.dialect)
        chosen = _chosen(found.protocol, wanted, skip)
        console = Console(reports, found, chosen)
        session = run(
            found,
            chosen,
            _folder(output, found),
            options=asking.options(),
            concurrency=concurrency or (AT_ONCE if found.name == BUILTIN else 1),
            notes={"synthetic": True} if found.name == BUILTIN else {},
            about=_about(),
            on_done=console.done,
        )
    console.close()
    ctx.exit(_conclude(session, judge, console, ruleset, reports))


class Console:
    """What is shown while a run lasts. With a report on standard output, all else goes to standard error."""

    def __init__(self, reports: Reports, target: Target, chosen: Sequence[Scenario]) -> None:
        from .output import STDOUT
        from .progress import Progress

        self._quiet = reports.quiet
        self._err = STDOUT in reports.files.values()
        count = f"{len(chosen)} scenario{'s' if len(chosen) != 1 else ''}"
        self.line(f"Asking {target.name} for {count} of {target.protocol}, model {target.model}")
        self._progress = Progress(len(chosen), "scenarios").__enter__()

    def line(self, text: str = "") -> None:
        """One line."""
        if not self._quiet:
            click.echo(text, err=self._err)

    def warn(self, text: str) -> None:
        """One line that is said even when all else is quiet."""
        click.echo(text, err=True)

    def done(self, exchange: Exchange) -> None:
        """One exchange is over."""
        self._progress.step()

    def close(self) -> None:
        """All are."""
        self._progress.__exit__(None, None, None)


def _judge(dialect: str | None, ruleset: str | None) -> Judge:
    from .work import Judge

    judge = Judge(Inputs(dialect=dialect, ruleset=ruleset))
    judge.validate()
    return judge


def _named(dialect: str | None) -> str | None:
    """A dialect that a cassette can name; not a file, nor `auto`."""
    return dialect if dialect and dialect != "auto" and not dialect.endswith(".toml") else None


def _chosen(protocol: str, wanted: Sequence[str], skip: Sequence[str]) -> list[Scenario]:
    """The scenarios to ask, in the order of their names. Raises UsageError for names that do not exist."""
    from ..errors import UsageError

    for name in (*wanted, *skip):
        scenario(protocol, name)
    known = scenarios(protocol).values()
    chosen = [one for one in known if (not wanted or one.name in wanted) and one.name not in skip]
    if not chosen:
        what = f"There is no scenario of {protocol} left to ask." if known else f"{protocol} has no scenarios."
        raise UsageError(what, "`conformance record` asks whatever you like.")
    return chosen


def _folder(output: str | None, target: Target) -> Path:
    from ..edge.runner import folder_name

    return Path(output) if output else Path("runs") / folder_name(target.name, datetime.now(UTC))


def _about() -> dict[str, object]:
    from .. import __version__, catalogue

    return {"tool": {"name": "llm-stream-conformance", "version": __version__}, "ruleset": catalogue.RULESET}


def _conclude(session: Session, judge: Judge, console: Console, ruleset: str | None, reports: Reports) -> int:
    """Judges the cassettes, prints what came of it, and returns the exit code."""
    from ..core.finding import Failure
    from ..library import report
    from .output import conclude

    runs: list[Run | None] = []
    judged: list[tuple[Run, Recording]] = []
    failures = []
    for exchange in session.exchanges:
        found = judge.file(str(exchange.path)) if exchange.recording else None
        if isinstance(found, list):
            judged += found
        elif found is not None or exchange.error:
            failures.append(found or Failure(exchange.scenario.name, exchange.error or ""))
        runs.append(found[0][0] if isinstance(found, list) else None)
    whole = report([run for run, _ in judged], failures, ruleset)
    console.line("\n" + "\n".join(_table(session.exchanges, runs)))
    console.line(f"\nRecorded in {session.folder}")
    if session.interrupted:
        console.warn("The run was interrupted: what is missing was not asked.")
    clean = not failures and not any(run.findings for run in whole.runs)
    if not clean:
        console.line()
    shown = replace(reports, quiet=True) if clean else reports  # then the table above has said it all
    code = conclude(whole, shown, [recording for _, recording in judged])
    streams = [run.source for run, _ in judged if run.events]
    if clean and streams:
        console.line(click.style(f"Next: conformance show {streams[-1]}", dim=True))
    return code or _without_verdict(session, console)


def _without_verdict(session: Session, console: Console) -> int:
    """3 where the run says less than it seems to, and a word on why; else 0."""
    if session.interrupted:
        return 3
    meant = [one for one in session.exchanges if one.scenario.statuses[0] < 300]
    if not meant or any(one.answered for one in meant):
        return 0
    statuses = sorted({one.recording.status for one in meant if one.recording})
    told = ", ".join(str(status) for status in statuses) or "no status"
    keyless = bool({401, 403} & set(statuses))
    hint = "Name the variable that holds its key with --key-env." if keyless else "The cassettes hold its answers."
    console.warn(f"No scenario was answered with a stream ({told}), so there is no verdict. {hint}")
    return 3


def _table(exchanges: Sequence[Exchange], runs: Sequence[Run | None]) -> Iterator[str]:
    """The compatibility table: one line per scenario."""
    from tabulate import tabulate

    names = ["scenario", "status", "events", "first event", "total", "verdict", ""]
    rows = [[click.style(name, dim=True) for name in names]]
    rows += [_row(exchange, run) for exchange, run in zip(exchanges, runs, strict=True)]
    aligned = ["left", "right", "right", "right", "right", "left", "left"]
    text: str = tabulate(rows, tablefmt="plain", disable_numparse=True, colalign=aligned)
    yield from (line.rstrip() for line in text.splitlines())


def _row(exchange: Exchange, run: Run | None) -> list[str]:
    from ..render._text import ansi, millis, safe

    recording = exchange.recording
    if recording is None or run is None:
        told = ansi("no answer", "error") if exchange.error else ""
        return [exchange.scenario.name, "", "", "", "", told, safe(exchange.remark)]
    times = [f"{millis(at)} ms" if at is not None else "" for at in (exchange.first_event, recording.end.at)]
    events = f"{exchange.events:,}" if exchange.events else ""
    refused = recording.status >= 400 and recording.status not in exchange.scenario.statuses
    verdict = ansi("refused", "dim") if refused else ansi(run.verdict.value, run.verdict.value)
    told = safe(exchange.remark) or click.style(exchange.scenario.title, dim=True)
    return [exchange.scenario.name, str(recording.status), events, *times, verdict, told]
