"""Check recorded streams against the specifications.

Law: a thin command. Reading and judging stand in `work`, printing in `output`.
"""

from __future__ import annotations

import click

from .options import Inputs, Reports, inputs, jobs, reports


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@inputs
@click.option(
    "--rule", "only", multiple=True, metavar="ID", help="Only rules of this id or pattern ('sse/*'); repeatable."
)
@reports
@click.option("--all", "every", is_flag=True, help="List every run, however many they are.")
@jobs
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    inputs: Inputs,
    only: tuple[str, ...],
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
    """
    from ..core.finding import Failure, Run
    from ..core.recording import Recording
    from ..library import report
    from .output import conclude
    from .progress import Progress
    from .work import Judge, found, judge_files

    judge = Judge(inputs, only)
    judge.validate()
    files, failures = found(paths)
    runs: list[Run] = []
    recordings: list[Recording | None] = []
    with Progress(len(files), "files") as progress:
        for result in judge_files(judge, files, jobs, progress.step):
            if isinstance(result, Failure):
                failures.append(result)
                continue
            runs += [run for run, _ in result]
            recordings = [*recordings, *(recording for _, recording in result)][:KEPT]
    ctx.exit(conclude(report(runs, failures, inputs.ruleset), reports, recordings, every))


KEPT = 3
"""Recordings that are held for showing their bytes; more runs than that are shown as a table."""
