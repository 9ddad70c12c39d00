"""Compare many: a compatibility table of providers or targets.

Law: a thin command. Runs are counted in core/matrix_build, bytes found in `exhibits`, tables written in render/matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from ..core.finding import Family, Level
from ..core.matrix_build import KEYS
from .options import Function, Inputs, jobs, written

if TYPE_CHECKING:
    from ..core.matrix import Matrix

_QUOTING = {"html", "json", "csv"}
"""The forms that show bytes."""
_FAMILIES = [family.value for family in Family]
_FAMILY = f"Only rows of this family; repeatable. One of {', '.join(_FAMILIES)}."
_LEVELS = [level.label for level in reversed(Level)]


@dataclass(frozen=True)
class Filters:
    """What of the table is shown; nothing: all."""

    protocols: tuple[str, ...]
    families: tuple[str, ...]
    patterns: tuple[str, ...]
    level: str | None


def _filters(command: Function) -> Function:
    """--protocol --family --provider --level, handed over as `filters: Filters`."""

    @click.option("--protocol", multiple=True, metavar="NAME", help="Only this protocol; repeatable.")
    @click.option("--family", multiple=True, type=click.Choice(_FAMILIES), metavar="NAME", help=_FAMILY)
    @click.option("--provider", multiple=True, metavar="PATTERN", help="Only columns of this name; repeatable.")
    @click.option("--level", type=click.Choice(_LEVELS), help="Only rules of this level or a worse one, and no traits.")
    @wraps(command)
    def wrapper(
        *args: Any,
        protocol: tuple[str, ...],
        family: tuple[str, ...],
        provider: tuple[str, ...],
        level: str | None,
        **rest: Any,
    ) -> Any:
        return command(*args, filters=Filters(protocol, family, provider, level), **rest)

    return wrapper


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="REPORT|FOLDER...")
@click.option("--by", type=click.Choice(list(KEYS)), default="provider", show_default=True, help="What a column is.")
@_filters
@click.option("--dialect", metavar="NAME", help="Judge by this dialect, or 'strict'.  [default: by host]")
@click.option("--ruleset", metavar="YYYY.MM", help="Rules that count: those of that month.  [default: all]")
@written("matrix", "table")
@click.option("--title", metavar="TEXT", help="Title of what is written.")
@click.option("--note", "notes", multiple=True, metavar="TEXT", help="A paragraph under the title; repeatable.")
@click.option("--all", "every", is_flag=True, help="Print rows that all keep, too.")
@click.option("-q", "--quiet", is_flag=True, help="Print the summary line alone.")
@jobs
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    by: str,
    filters: Filters,
    dialect: str | None,
    ruleset: str | None,
    files: dict[str, str],
    title: str | None,
    notes: tuple[str, ...],
    every: bool,
    quiet: bool,
    jobs: int | None,
) -> None:
    """Compare many: a compatibility table of providers or targets.

    Rows are behaviours (traits and rules), columns are those who streamed, cells say what was seen and in how many
    streams: "own-chunk 12/12", "fail 3/9". REPORT is a file that `conformance check --json` wrote; recordings, and
    folders of them, are judged now.

    \b
        conformance table recordings/
        conformance table monday.json tuesday.json --by model
        conformance table recordings/ --family usage --provider 'open*' --html table.html
    """
    from .. import library
    from ..core.matrix import exhibited
    from ..edge.partial import partial
    from .exhibits import exhibit
    from .files import STDOUT, code_of, write_all
    from .told import told
    from .work import Judge

    judge = Judge(Inputs(dialect=dialect, ruleset=ruleset))
    judge.validate()
    found = told(paths, judge, jobs)
    whole = library.table(found.runs, by, found.rules, partial({run.source for run in found.runs}))
    narrow = _narrowed(whole, filters)
    table = replace(narrow, failures=tuple(found.failures), title=title or narrow.title, notes=notes)
    if files.keys() & _QUOTING:
        table = exhibited(table, exhibit)
    _print(table, every, quiet, err=STDOUT in files.values())
    kept = write_all(files, lambda form: library.render_table(table, form))
    ctx.exit(code_of(0 if table.streams and not found.failures else 3, kept))


def _narrowed(whole: Matrix, filters: Filters) -> Matrix:
    """The matrix as the filters want it. Raises UsageError where a filter names nothing that there is."""
    from fnmatch import fnmatchcase

    from ..catalogue import nearest
    from ..core.matrix import narrowed

    spoken = {table.protocol: table for table in whole.tables}
    known = {column.key: column for table in whole.tables for column in table.columns}
    for name in filters.protocols:
        if name not in spoken:
            raise nearest(name, spoken, "stream of the protocol")
    for pattern in filters.patterns:
        if not any(fnmatchcase(key, pattern) for key in known):
            raise nearest(pattern, known, "column")
    keys = [key for key in known if any(fnmatchcase(key, pattern) for pattern in filters.patterns)]
    families = [Family(name) for name in filters.families]
    level = Level[filters.level.upper()] if filters.level else None
    return narrowed(whole, filters.protocols, families, keys, level)


def _print(table: Matrix, every: bool, quiet: bool, err: bool) -> None:
    from ..render._text import ansi
    from ..render.matrix import text
    from .output import columns

    shown = f"{text.summary(table)}\n" if quiet else text.render(table, columns(), ansi, every)
    click.echo(shown, nl=False, err=err)
