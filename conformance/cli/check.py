"""Check recorded streams against the specifications.

Law: a thin command. Reading and judging stand in `work`, printing in `output`.
"""

from __future__ import annotations

import click

from .known import Known, known
from .options import Inputs, Reports, inputs, jobs, reports


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@inputs
@click.option(
    "--rule", "only", multiple=True, metavar="ID", help="Only rules of this id or pattern ('sse/*'); repeatable."
)
@known
@reports
@click.option("--all", "every", is_flag=True, help="List every run, however many they are.")
@jobs
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    inputs: Inputs,
    only: tuple[str, ...],
    known: Known,
    reports: Reports,
    every: bool,
    jobs: int | None,
) -> None:
    """Check recorded streams against the specifications.

    PATH is a cassette (YAML or JSON), a raw SSE file, a folder of them, a pattern, or - for standard input.
    What cannot be read is named, and the rest is checked all the same.

    \b
        conformance check cassettes/
        curl -N ... | conformance check - --protocol openai-chat
        conformance check 'recordings/*.yaml' --fail-on warning --json report.json
        conformance check recordings/ --baseline baseline.toml --update-baseline
    """
    from ..library import report
    from .known import hold
    from .output import conclude
    from .progress import Progress
    from .settled import judged
    from .work import found, judging

    judge = judging(inputs, reports, only)
    entries = known.entries()
    files, failures = found(paths)
    with Progress(len(files), "files") as progress:
        runs, recordings, more = judged(judge, paths, jobs, files, progress.step)
    marked, baseline = hold(runs, known, entries, reports.fail_on)
    whole = report(marked, [*failures, *more], inputs.ruleset, baseline)
    ctx.exit(conclude(whole, reports, recordings, every))
