"""Compare two runs: what changed in findings, traits, shape, order and latency.

Law: a thin command. Reading stands in `diff_sides`, comparing in core/diff_build, writing in render/diff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.finding import Level
from .options import Inputs, inputs, jobs, written

if TYPE_CHECKING:
    from ..core.diff import Diff

_LEVELS = [*(level.label for level in reversed(Level)), "never"]


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@inputs
@click.option(
    "--fail-on", type=click.Choice(_LEVELS), default="error", show_default=True, help="Lowest regression that exits 1."
)
@click.option(
    "--ignore", multiple=True, metavar="PATTERN", help="Leave out rules, traits, fields, figures; repeatable."
)
@click.option(
    "--latency-threshold",
    type=click.FloatRange(0, 1000),
    default=20.0,
    show_default=True,
    metavar="PERCENT",
    help="Change from which on a figure is slower.",
)
@written("diff", "diff")
@click.option("--all", "every", is_flag=True, help="List all notes, latency figures and unmatched streams.")
@click.option("-q", "--quiet", is_flag=True, help="Print the summary line alone.")
@jobs
@click.pass_context
def command(
    ctx: click.Context,
    old: str,
    new: str,
    inputs: Inputs,
    fail_on: str,
    ignore: tuple[str, ...],
    latency_threshold: float,
    files: dict[str, str],
    every: bool,
    quiet: bool,
    jobs: int | None,
) -> None:
    """Compare two runs: what changed in findings, traits, shape, order and latency.

    OLD and NEW are cassettes, folders of them, folders of `conformance run`, or JSON reports (which hold no events:
    then shape and order are not compared). Streams are matched by scenario, model and target, else by file name, else
    by provider; what has no counterpart is listed.

    \b
        conformance diff runs/monday runs/tuesday
        conformance diff monday.json runs/tuesday --fail-on warning --markdown diff.md
        conformance diff old/ new/ --ignore 'timing.*' --ignore '/usage/*' --ignore 'latency:*'

    \b
    Which change is a regression, and how bad:
        finding   new where the rule was kept: its own level; where OLD could not show it: a note
        verdict   a stream no longer comes, or holds an error: error; no stream is judged any more: warning
        shape     a field of every stream vanished, or has another type: warning; a new field: note
        trait     another value: note. order: kinds that never followed each other: note
        latency   the whole 99 % interval of the change lies beyond the threshold and 5 ms: warning
                  (10 pairs of streams for a median, 40 for a p95; fewer are too few to tell)

    A --ignore PATTERN names a rule, a trait, a field ('chunk /usage/*' or '/usage/*'), a figure, or PART:NAME.
    Exit code 3: nothing could be compared, or an input could not be read.
    """
    from .. import library
    from ..core.diff_build import Options
    from ..core.diff_latency import Threshold
    from .diff_sides import numpy_or_none, sides
    from .files import STDOUT, code_of, write_all

    before, after = sides(old, new, inputs, jobs)
    options = Options(ignore, Threshold(latency_threshold / 100), numpy_or_none())
    found = library.diff(before, after, options)
    _print(found, every, quiet, err=STDOUT in files.values())
    kept = write_all(files, lambda form: library.render_diff(found, form))
    ctx.exit(code_of(found.exit_code(None if fail_on == "never" else Level[fail_on.upper()]), kept))


def _print(found: Diff, every: bool, quiet: bool, err: bool) -> None:
    from ..render._text import ansi
    from ..render.diff import _words, text
    from .output import columns

    shown = f"{_words.summary(found)}\n" if quiet else text.render(found, columns(), ansi, every)
    click.echo(shown, nl=False, err=err)
