"""What `conformance run` prints: a line while it lasts, and a table of scenarios when it is done.

Law: reads sessions and judged runs, decides nothing. With a report on standard output, all else goes to standard error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING

import click

from ..render._text import ansi, millis, safe, width, wrap
from .files import STDOUT
from .options import Reports
from .output import columns
from .progress import Progress

if TYPE_CHECKING:
    from ..core.finding import Run
    from ..edge.runner_folder import Answer, Exchange, Session

_SHOWN = 3
"""Scenarios under way that the line names."""


class Console:
    """What is shown while a run lasts."""

    def __init__(self, reports: Reports, sessions: Sequence[Session]) -> None:
        self._quiet = reports.quiet
        self._err = STDOUT in reports.files.values()
        self._lock = Lock()
        self._running: list[str] = []
        total = sum(exchange.answer is None and not exchange.skipped for one in sessions for exchange in one.exchanges)
        self.line(_asking(sessions, total))
        self._progress = Progress(total, "scenarios").__enter__()

    def line(self, text: str = "") -> None:
        """One line."""
        if not self._quiet:
            click.echo(text, err=self._err)

    def start(self, exchange: Exchange) -> None:
        """One exchange begins."""
        with self._lock:
            self._running.append(exchange.path.stem)
            self._progress.step(0, self._now())

    def done(self, exchange: Exchange) -> None:
        """One exchange is over."""
        with self._lock:
            self._running.remove(exchange.path.stem)
            self._progress.step(1, self._now())

    def _now(self) -> str:
        """`tools, usage and 3 more`."""
        beyond = len(self._running) - _SHOWN
        return ", ".join(self._running[:_SHOWN]) + (f" and {beyond} more" if beyond > 0 else "")

    def close(self) -> None:
        """All are."""
        self._progress.__exit__(None, None, None)


def _asking(sessions: Sequence[Session], total: int) -> str:
    targets = list(dict.fromkeys(session.target.name for session in sessions))
    whom = targets[0] if len(targets) == 1 else f"{len(targets)} targets"
    first = sessions[0].target
    spoken = f"{first.protocol}, model {first.model}" if len(sessions) == 1 else ""
    protocols = len({session.target.protocol for session in sessions})
    requests = f"{total} request{'s' if total != 1 else ''}"
    return f"Asking {whom}: {requests} in {spoken or f'{protocols} protocol' + ('s' if protocols > 1 else '')}"


def table(sessions: Sequence[Session], runs: Mapping[str, Run]) -> Iterator[str]:
    """One line per scenario, and its remark; of several sessions each under its target, protocol and model."""
    from tabulate import tabulate

    groups = [[list(group) for _, group in _by_scenario(session)] for session in sessions]
    heads = [click.style(name, dim=True) for name in ("scenario", "status", "events", "first", "total", "verdict")]
    rows = [heads, *(_row(same, runs) for group in groups for same in group)]
    aligned = ["left", "right", "right", "right", "right", "left"]
    lines = iter(tabulate(rows, tablefmt="plain", disable_numparse=True, colalign=aligned).splitlines())
    yield next(lines).rstrip()
    several = len({session.target.name for session in sessions}) > 1
    for session, group in zip(sessions, groups, strict=True):
        if len(sessions) > 1:
            whom = f"{session.target.name}, " if several else ""
            yield f"\n{whom}{session.target.protocol}, {click.style(session.target.model, dim=True)}"
        for same, line in zip(group, lines, strict=False):
            yield from _with_remark(line, _remarks(same, runs))


def _with_remark(line: str, remark: str) -> Iterator[str]:
    """A line of the table and its remark: beside it where there is room, else below."""
    if width(line) + 2 + width(remark) <= columns():
        yield f"{line}  {remark}".rstrip()
        return
    yield line.rstrip()
    yield from wrap(remark, columns(), "    ")


def _by_scenario(session: Session) -> Iterator[tuple[str, Iterator[Exchange]]]:
    return groupby(session.exchanges, key=lambda exchange: exchange.scenario.name)


def _row(same: Sequence[Exchange], runs: Mapping[str, Run]) -> list[str]:
    """One scenario, asked once or several times."""
    answers = [exchange.answer for exchange in same if exchange.answer is not None]
    statuses = ", ".join(dict.fromkeys(str(answer.status) for answer in answers))
    events = _spread([answer.events for answer in answers if answer.events])
    name = same[0].scenario.name + (f" x{len(same)}" if len(same) > 1 else "")
    return [name, statuses, events, *_times(answers), _verdicts(same, runs)]


def _spread(values: Sequence[int]) -> str:
    least, most = min(values, default=0), max(values, default=0)
    return f"{least:,}" * bool(values) if least == most else f"{least:,}-{most:,}"


def _times(answers: Sequence[Answer]) -> list[str]:
    """The time to the first event and in all; of several answers the longest."""
    first = max((answer.first_event for answer in answers if answer.first_event is not None), default=None)
    total = max((answer.ended_at for answer in answers if answer.ended_at is not None), default=None)
    return [f"{millis(at)} ms" if at is not None else "" for at in (first, total)]


def _verdicts(same: Sequence[Exchange], runs: Mapping[str, Run]) -> str:
    """`pass`, or `pass 2/3, inconclusive 1/3`."""
    found = Counter(_verdict(exchange, runs) for exchange in same)
    if len(same) == 1:
        (word,) = found
        return ansi(word, "error" if word == "no answer" else word)
    return ", ".join(ansi(f"{word} {count}/{len(same)}", word) for word, count in found.most_common())


def _verdict(exchange: Exchange, runs: Mapping[str, Run]) -> str:
    run = runs.get(str(exchange.path))
    if run is not None:
        return run.verdict.value
    return "no answer" if exchange.error else "skipped" if exchange.skipped else "not asked"


def _remarks(same: Sequence[Exchange], runs: Mapping[str, Run]) -> str:
    """Why a verdict is what it is, each reason once."""
    found = []
    for exchange in same:
        run = runs.get(str(exchange.path))
        reason = run.inconclusive if run is not None and run.inconclusive else exchange.remark
        found.append(reason.removeprefix("skipped: "))
    return safe("; ".join(dict.fromkeys(reason for reason in found if reason)))
