"""Baselines, as the judging commands use them: held against, and kept up to date.

Law: `--update-baseline` says what it changed, on standard error, and the report is that of the file as it is then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.finding import Level
from ..errors import InputError, UsageError

if TYPE_CHECKING:
    from ..core.baseline import BaselineCheck, Entry, Update
    from ..core.finding import Run

Function = Callable[..., Any]


@dataclass(frozen=True)
class Known:
    """Which baseline to hold the findings against, and whether to put it right. None: none."""

    path: str | None = None
    update: bool = False

    def entries(self) -> list[Entry]:
        """The entries of the file; none where it is yet to be written. Raises InputError, UsageError."""
        from ..catalogue import data_folder, nearest, rules
        from ..edge import baselinefile

        if self.path is None:
            if self.update:
                raise UsageError("--update-baseline needs a file.", "Name it with --baseline FILE.")
            return []
        if not Path(self.path).exists():
            if self.update:
                return []
            raise InputError(self.path, "There is no such baseline.", "Make it: add --update-baseline.")
        found = baselinefile.read(Path(self.path), data_folder("schemas") / "baseline.json")
        for entry in found:
            if entry.rule not in rules():
                error = nearest(entry.rule, rules(), "rule")
                raise InputError(self.path, error.what, error.hint)
        return found


def known(command: Function) -> Function:
    """--baseline FILE --update-baseline, handed over as `known: Known`."""

    @click.option("--baseline", metavar="FILE", help="Known findings (TOML): they do not count; stale entries fail.")
    @click.option("--update-baseline", is_flag=True, help="Put that file right: add what is new, remove what is gone.")
    @wraps(command)
    def wrapper(*args: Any, baseline: str | None, update_baseline: bool, **rest: Any) -> Any:
        return command(*args, known=Known(baseline, update_baseline), **rest)

    return wrapper


def hold(
    runs: Sequence[Run], known: Known, entries: Sequence[Entry], fail_on: Level | None
) -> tuple[Sequence[Run], BaselineCheck | None]:
    """The runs with known findings marked, and what became of the entries. Updates the file where that is asked."""
    from ..core.baseline import held, updated

    if known.path is None:
        return runs, None
    marked, check = held(runs, entries, known.path)
    if not known.update:
        return marked, check
    from datetime import date

    from ..edge import baselinefile

    update = updated(marked, entries, check, fail_on or Level.ERROR, date.today().isoformat())
    if update.added or update.removed or not Path(known.path).exists():
        baselinefile.write(Path(known.path), update.entries)
    click.echo(_told(known.path, update), err=True)
    return held(runs, update.entries, known.path)


def _told(path: str, update: Update) -> str:
    from ..render._baseline import entry_words, together

    counts = f"{len(update.added)} added, {len(update.removed)} removed, {len(update.kept)} kept"
    lines = [f"Baseline {path}: {counts}."]
    lines += [f"  + {entry_words(*alike)}" for alike in together(update.added)]
    lines += [f"  - {entry_words(*alike)}" for alike in together(update.removed)]
    if update.added:
        lines.append(f"Write a reason in place of {update.added[0].reason!r} for each that was added.")
    return "\n".join(lines)
