"""Ask a target every scenario, record the answers, and check them.

Law: a thin command: asking stands in `edge.runner`, judging in `library`, printing in `output`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import TargetError, UsageError
from .options import Inputs, Reports, reports
from .targets import (
    BUILTIN,
    DEFAULT_PROTOCOL,
    Asking,
    asking,
    named,
    opened_all,
    scenarios,
    spoken_with,
    terminated_as_interrupted,
)

if TYPE_CHECKING:
    from ..core.finding import Run
    from ..core.recording import Recording
    from ..edge.runner import Exchange, Session
    from ..edge.scenario import Scenario, Target
    from .work import Judge

AT_ONCE = 8
"""Exchanges at once with the built-in server; another target is asked one thing after the other, if not told else."""


@click.command()
@click.argument("target", default=BUILTIN, metavar="[TARGET]")
@click.option("--scenario", "wanted", multiple=True, metavar="NAME", help="Only this scenario; repeatable.")
@click.option("--skip", multiple=True, metavar="NAME", help="Without this scenario; repeatable.")
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    metavar="NAME",
    help=f"Protocol to speak; repeatable.  [default: all with builtin; else by URL, or {DEFAULT_PROTOCOL}]",
)
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
    protocols: tuple[str, ...],
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
    the same bytes again at any time. With several protocols each has a folder and a group of the table of its own, and
    a URL is the base of them all: http://host.

    \b
        conformance run
        conformance run http://127.0.0.1:8000/v1 --model my-model --scenario tools --scenario usage
        conformance run http://127.0.0.1:8000 --protocol anthropic-messages --protocol openai-responses
        conformance run https://gateway.example/v1 --key-env MY_KEY --markdown report.md

    A scenario that the target refuses (a parameter that it does not know) is shown with its status, and is no fault.
    Exit code 3: the target could not be reached, answered no scenario of a protocol with a stream, or the run was
    interrupted.
    """
    from ..edge.runner import run

    judge = _judge(dialect, ruleset)
    with terminated_as_interrupted(), opened_all(target, asking, spoken_with(target, protocols)) as found:
        targets = [replace(one, dialect=_named(dialect) or one.dialect) for one in found]
        sessions = _sessions(targets, wanted, skip, output)
        console = Console(reports, sessions)
        at_once = concurrency or (AT_ONCE if target == BUILTIN else 1)
        try:
            run(sessions, options=asking.options(), concurrency=at_once, on_done=console.done)
        except TargetError:
            if len(targets) > 1:
                with suppress(OSError):
                    sessions[0].folder.parent.rmdir()  # the run's own, and empty
            raise
    console.close()
    ctx.exit(_conclude(sessions, judge, console, ruleset, reports))


class Console:
    """What is shown while a run lasts. With a report on standard output, all else goes to standard error."""

    def __init__(self, reports: Reports, sessions: Sequence[Session]) -> None:
        from .output import STDOUT
        from .progress import Progress

        self._quiet = reports.quiet
        self._err = STDOUT in reports.files.values()
        total, target = sum(len(session.exchanges) for session in sessions), sessions[0].target
        spoken = f"{target.protocol}, model {target.model}" if len(sessions) == 1 else f"{len(sessions)} protocols"
        self.line(f"Asking {target.name} for {total} scenario{'s' if total != 1 else ''} of {spoken}")
        self._progress = Progress(total, "scenarios").__enter__()

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


def _sessions(
    targets: Sequence[Target], wanted: Sequence[str], skip: Sequence[str], output: str | None
) -> list[Session]:
    """One session per target that is asked anything: in the run's folder, or, of several, each in its protocol's."""
    from ..edge.runner import folder_name, fresh, session

    chosen = _chosen([target.protocol for target in targets], wanted, skip)
    root = Path(output) if output else Path("runs") / folder_name(targets[0].name, datetime.now(UTC))
    if len(targets) == 1:
        folders = {targets[0].protocol: root}
    else:
        fresh(root)
        folders = {protocol: root / protocol for protocol in chosen}
    notes = {"synthetic": True} if targets[0].name == BUILTIN else {}
    asked = [(target, chosen[target.protocol]) for target in targets if target.protocol in chosen]
    return [
        session(target, scenarios, folders[target.protocol], notes=notes, about=_about()) for target, scenarios in asked
    ]


def _chosen(protocols: Sequence[str], wanted: Sequence[str], skip: Sequence[str]) -> dict[str, list[Scenario]]:
    """The scenarios to ask by protocol, in the order of their names. Raises UsageError for names that do not exist."""
    known = {protocol: scenarios(protocol) for protocol in protocols}
    every = {name: one for by_name in known.values() for name, one in by_name.items()}
    for name in (*wanted, *skip):
        named(name, every, f"scenario of {' or '.join(protocols) if len(protocols) < 3 else 'any protocol'}")
    left = {
        protocol: [one for one in by_name.values() if (not wanted or one.name in wanted) and one.name not in skip]
        for protocol, by_name in known.items()
    }
    if not any(left.values()):
        where = ", ".join(protocols)
        what = f"There is no scenario of {where} left to ask." if every else f"{where} has no scenarios."
        raise UsageError(what, "`conformance record` asks whatever you like.")
    return {protocol: chosen for protocol, chosen in left.items() if chosen}


def _about() -> dict[str, object]:
    from .. import __version__, catalogue

    return {"tool": {"name": "llm-stream-conformance", "version": __version__}, "ruleset": catalogue.RULESET}


def _conclude(
    sessions: Sequence[Session], judge: Judge, console: Console, ruleset: str | None, reports: Reports
) -> int:
    """Judges the cassettes, prints what came of it, and returns the exit code."""
    from ..core.finding import Failure
    from ..library import report
    from .output import conclude

    runs: dict[Path, Run] = {}
    judged: list[tuple[Run, Recording]] = []
    failures = []
    for exchange in (exchange for session in sessions for exchange in session.exchanges):
        found = judge.file(str(exchange.path)) if exchange.recording else None
        if isinstance(found, list):
            judged += found
            runs[exchange.path] = found[0][0]
        elif found is not None or exchange.error:
            failures.append(found or Failure(exchange.scenario.name, exchange.error or ""))
    whole = report([run for run, _ in judged], failures, ruleset)
    console.line("\n" + "\n".join(_table(sessions, runs)))
    console.line(f"\nRecorded in {sessions[0].folder if len(sessions) == 1 else sessions[0].folder.parent}")
    if sessions[0].interrupted:
        console.warn("The run was interrupted: what is missing was not asked.")
    clean = not failures and not any(run.findings for run in whole.runs)
    if not clean:
        console.line()
    shown = replace(reports, quiet=True) if clean else reports  # then the table above has said it all
    code = conclude(whole, shown, [recording for _, recording in judged])
    streams = [run.source for run, _ in judged if run.events]
    if clean and streams:
        console.line(click.style(f"Next: conformance show {min(streams, key=len)}", dim=True))
    silent = [_without_verdict(session, console) for session in sessions]
    return code or max(silent)


def _without_verdict(session: Session, console: Console) -> int:
    """3 where a session says less than it seems to, and a word on why; else 0."""
    if session.interrupted:
        return 3
    meant = [one for one in session.exchanges if one.scenario.statuses[0] < 300]
    if not meant or any(one.answered for one in meant):
        return 0
    statuses = sorted({one.recording.status for one in meant if one.recording})
    told = ", ".join(str(status) for status in statuses) or "no status"
    keyless = bool({401, 403} & set(statuses))
    hint = "Name the variable that holds its key with --key-env." if keyless else "The cassettes hold its answers."
    protocol = session.target.protocol
    console.warn(f"No scenario of {protocol} was answered with a stream ({told}), so there is no verdict. {hint}")
    return 3


def _table(sessions: Sequence[Session], runs: Mapping[Path, Run]) -> Iterator[str]:
    """The compatibility table: one line per scenario; of several sessions each under its protocol and model."""
    from tabulate import tabulate

    names = ["scenario", "status", "events", "first", "total", "verdict", ""]
    rows = [[name and click.style(name, dim=True) for name in names]]
    rows += [_row(exchange, runs.get(exchange.path)) for session in sessions for exchange in session.exchanges]
    aligned = ["left", "right", "right", "right", "right", "left", "left"]
    text: str = tabulate(rows, tablefmt="plain", disable_numparse=True, colalign=aligned)
    lines = iter([line.rstrip() for line in text.splitlines()])
    yield next(lines)
    for session in sessions:
        if len(sessions) > 1:
            yield f"\n{session.target.protocol}, {click.style(session.target.model, dim=True)}"
        yield from islice(lines, len(session.exchanges))


def _row(exchange: Exchange, run: Run | None) -> list[str]:
    from ..render._text import ansi, millis, safe

    name, recording = exchange.scenario.name, exchange.recording
    if recording is None or run is None:
        told = ansi("no answer", "error") if exchange.error else ""
        return [name, "", "", "", "", told, safe(exchange.remark)]
    times = [f"{millis(at)} ms" if at is not None else "" for at in (exchange.first_event, recording.end.at)]
    events = f"{exchange.events:,}" if exchange.events else ""
    refused = recording.status >= 400 and recording.status not in exchange.scenario.statuses
    verdict = ansi("refused", "dim") if refused else ansi(run.verdict.value, run.verdict.value)
    return [name, str(recording.status), events, *times, verdict, safe(exchange.remark)]
