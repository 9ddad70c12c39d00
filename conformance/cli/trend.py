"""Show a target over time: verdicts, traits and latency, and what changed.

Law: a thin command. The history is read in `edge.history`, compared in `core.trend`, drawn in render/trend.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from ..errors import UsageError
from .options import written

if TYPE_CHECKING:
    from ..core.trend import Trend
    from ..edge.history import Wanted

_SPAN = re.compile(r"(\d{1,6})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_HISTORY = "history.sqlite"
NEWEST = 200
"""Runs of each target that are read where many targets are listed."""


@click.command()
@click.argument("target", required=False)
@click.option("--history", default=_HISTORY, show_default=True, metavar="FILE", help="The file that runs were kept in.")
@click.option("--since", metavar="WHEN", help="Only runs since then: 2026-11-01, 2026-11-01T09:30, 24h, 7d, 4w.")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario; repeatable.")
@click.option("--protocol", "protocols", multiple=True, metavar="NAME", help="Only this protocol; repeatable.")
@written("trend", "trend")
@click.option("--export", metavar="FILE", help="Write every stream as a row, to FILE.csv or FILE.parquet.")
@click.option("--all", "every", is_flag=True, help="List all changes, however many they are.")
@click.option("-q", "--quiet", is_flag=True, help="Print the summary line alone.")
@click.pass_context
def command(
    ctx: click.Context,
    target: str | None,
    history: str,
    since: str | None,
    scenarios: tuple[str, ...],
    protocols: tuple[str, ...],
    files: dict[str, str],
    export: str | None,
    every: bool,
    quiet: bool,
) -> None:
    """Show a target over time: verdicts, traits and latency, and what changed.

    Runs are kept by `--history FILE` of `conformance run` and `conformance check`. TARGET is the name under which they
    are kept; without it all targets of the file are listed, each with its last change. Each line is a scenario, each
    sign a run; latency is the median over the streams of a run. A run is marked where a verdict, a rule, a trait or the
    model is another than the last time.

    \b
        conformance run my-gateway --history history.sqlite
        conformance trend
        conformance trend my-gateway --since 30d
        conformance trend my-gateway --scenario tools --html trend.html --svg trend.svg
        conformance trend my-gateway --export trend.csv
    """
    from ..edge.history import Wanted, rows
    from ..edge.history_export import export as export_rows
    from .files import STDOUT, ready

    if export is not None:
        ready({**files, "export": export})
    names = _named(target, history)
    whose = names[0] if len(names) == 1 else None
    if whose is None and files:
        forms = " and ".join(f"--{form}" for form in files)
        raise UsageError(f"{history} tells of {len(names)} targets.", f"For {forms} name one: {', '.join(names)}.")
    wanted = Wanted(whose, _since(since), scenarios, protocols)
    found = _read(history, wanted, names)
    if export is not None:
        export_rows(export, rows(history, wanted))
    _print(found, every, quiet, err=STDOUT in files.values())
    ctx.exit(_written(found[0], files))


def _read(history: str, wanted: Wanted, names: Sequence[str]) -> list[Trend]:
    """The trends of these targets, those that tell of what is wanted. Raises UsageError where none does."""
    from ..core.trend import trend
    from ..edge.history import rows
    from ..edge.history_rows import samples

    newest = NEWEST if len(names) > 1 else None
    kept = {name: rows(history, replace(wanted, target=name, newest=newest)) for name in names}
    if not any(kept.values()):
        raise _nothing(history, wanted)
    return [trend(name, samples(own)) for name, own in kept.items() if own]


def _written(found: Trend, files: dict[str, str]) -> int:
    from .. import library
    from .files import code_of, write_all

    return code_of(0, write_all(files, lambda form: library.render_trend(found, form)))


def _named(target: str | None, history: str) -> list[str]:
    """The targets to show: that of this name, else all. Raises UsageError with the nearest names."""
    from ..catalogue import nearest
    from ..edge.history import targets

    known = targets(history)
    if not known:
        raise UsageError(f"{history} tells of no targets.", "Keep a run first: conformance run --history FILE")
    if target is not None and target not in known:
        raise nearest(target, dict.fromkeys(known), f"target in {history} called")
    return known if target is None else [target]


def _nothing(history: str, wanted: Wanted) -> UsageError:
    """Why there is no such run: a name that is unknown, or a time without runs."""
    from ..catalogue import nearest
    from ..edge.history import Wanted, rows

    every = rows(history, Wanted(wanted.target))
    whose = f" of {wanted.target}" if wanted.target else ""
    for what, names in (("scenario", wanted.scenarios), ("protocol", wanted.protocols)):
        known = dict.fromkeys(sorted({row[what] for row in every}))
        for name in names:
            if name not in known:
                return nearest(name, known, f"{what}{whose} in {history} called")
    newest = f"The newest is of {every[-1]['at'][:16]}." if every else ""
    return UsageError(f"{history} holds no such run{whose}.", f"{newest} Leave out --since.".strip())


def _since(text: str | None) -> str:
    """The time as the history writes it; empty: from the beginning. Raises UsageError."""
    if text is None:
        return ""
    span = _SPAN.fullmatch(text)
    try:
        if span:
            at = datetime.now(UTC) - timedelta(**{_UNITS[span[2]]: int(span[1])})
        else:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "Give a day (2026-11-01), a time (2026-11-01T09:30, UTC) or a span (24h, 7d, 4w)."
        raise UsageError(f"--since {text} is no time.", hint) from error
    return at.isoformat(timespec="milliseconds")


def _print(found: list[Trend], every: bool, quiet: bool, err: bool) -> None:
    from ..render._text import ansi
    from ..render.trend import _overview, text
    from .output import columns

    if quiet:
        shown = "".join(f"{text.summary(one)}\n" for one in found)
    elif len(found) > 1:
        shown = _overview.render(found, columns(), ansi)
    else:
        shown = text.render(found[0], columns(), ansi, every)
    click.echo(shown, nl=False, err=err)
