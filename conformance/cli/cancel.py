"""Leave a target in the middle of its answers, and see what becomes of it.

Law: a thin command: what to do stands in `cancel_work`, leaving in `edge.cancel`, judging in `settled`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..targets import Asking
from .asking import asking, terminated_as_interrupted
from .cancel_options import Cancelling, cancelling
from .options import Inputs, Reports, reports

if TYPE_CHECKING:
    from ..edge.cancel import Work
    from .work import Judge


@click.command()
@click.argument("target", default="builtin")
@cancelling
@asking
@reports
@click.pass_context
def command(ctx: click.Context, target: str, cancelling: Cancelling, asking: Asking, reports: Reports) -> None:
    """Leave a target in the middle of its answers, and see what becomes of it.

    Clients leave at every stage (before-head, after-head, after-events, in-reasoning, in-tool-arguments, after-finish,
    after-terminal; and unstreamed, if named), by closing the socket, by half-close, by reset, and on HTTP/2 by
    RST_STREAM. Each time the next request shows whether the target still serves. TARGET is as in `conformance run`;
    the default is the server that comes along, which sees its clients leave.

    A client alone cannot see whether its cancellation arrived: somebody has to look behind the server. Name who, with
    --observe or in targets.toml; what nobody saw is inconclusive, never a pass.

    \b
        conformance cancel
        conformance cancel http://127.0.0.1:8080/v1 --observe llama-cpp-slots --observe prometheus:llama-cpp
        conformance cancel http://127.0.0.1:8000/v1 --observe prometheus:vllm --stage after-events --repeats 20
        conformance cancel https://localhost:8443/v1 --http2 --insecure --within 500
        conformance cancel openrouter --observe openrouter-generation --wait 60 --stage after-events --repeats 3

    Every leaving is a cassette in one folder; `conformance check` on that folder comes to the same verdicts. Generation
    that a server does not stop goes on, and may be billed: --max-requests, --stage and --repeats bound it.
    """
    from ..edge.cancel import cancel
    from .cancel_work import worked
    from .progress import Progress
    from .work import judging

    judge = judging(Inputs(dialect=cancelling.dialect, ruleset=cancelling.ruleset), reports)
    with terminated_as_interrupted(), worked(target, asking, cancelling) as (root, works):
        total = sum(len(work.leavings) for work in works)
        _say(_announcement(works), reports)
        with Progress(total, "cancellations") as progress:
            for work in works:
                cancel(work, lambda exchange: progress.step(1, exchange.scenario.name))
    _unreachable(root, works)
    ctx.exit(_conclude(root, works, judge, reports))


def _say(text: str, reports: Reports) -> None:
    from .files import STDOUT

    if not reports.quiet:
        click.echo(text, err=STDOUT in reports.files.values())


def _announcement(works: list[Work]) -> str:
    from ..render._text import plural

    count = sum(exchange.skipped is None for work in works for exchange, _ in work.leavings)
    first = works[0].session.target
    times, spoken = plural(count, "cancellation"), ", ".join(work.session.target.protocol for work in works)
    who = ", ".join(observer.name for observer in works[0].observers)
    seen = f"observed by {who}" if who else "nobody looks on (--observe)"
    return f"Leaving {first.name}: {times} in {spoken}, model {first.model}; {seen}"


def _unreachable(root: Path, works: list[Work]) -> None:
    """Raises TargetError, and leaves nothing behind, where the target did not answer at all."""
    from contextlib import suppress

    from ..edge.runner import forget

    refused = [work.session.refused for work in works]
    if refused[0] is not None and all(refused):
        for work in works:
            forget(work.session)
        with suppress(OSError):
            root.rmdir()
        raise refused[0]


def _conclude(root: Path, works: list[Work], judge: Judge, reports: Reports) -> int:
    """Judges the cassettes, prints what came of it, and returns the exit code."""
    from ..library import report
    from .output import conclude
    from .settled import folder_of, judged

    files, failures = folder_of(str(root))
    runs, recordings, more = judged(judge, [str(root)], 1, files, lambda: None)
    for line in dict.fromkeys(_skipped(works)):
        _say(line, reports)
    _say(f"Recorded in {root}\n", reports)
    return conclude(report(runs, [*failures, *more], judge.inputs.ruleset), reports, recordings)


def _skipped(works: list[Work]) -> list[str]:
    return [
        f"{leaving.stage.name} of {work.session.target.protocol}: {exchange.skipped}"
        for work in works
        for exchange, leaving in work.leavings
        if exchange.skipped
    ]
