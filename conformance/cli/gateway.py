"""Test a gateway from both sides: we are its client and its upstream at once.

Law: a thin command: cases stand in `gateways`, the test in `edge.gateway`, judging in `settled`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..targets import Asking
from .asking import asking, terminated_as_interrupted
from .gateway_options import Testing, testing
from .options import Inputs, Reports, reports

if TYPE_CHECKING:
    from ..core.finding import Report
    from ..edge.gateway_upstream import UpstreamServer
    from ..edge.runner_folder import Session
    from .run_table import Console
    from .work import Judge


@click.command()
@testing
@asking
@reports
@click.pass_context
def command(ctx: click.Context, testing: Testing, asking: Asking, reports: Reports) -> None:
    """Test a gateway from both sides: we are its client and its upstream at once.

    Point the gateway's provider at our upstream (--config-for prints how), start it, and give its URL. For every case
    the client asks the gateway, the upstream plays a recording or a fault for it, and both sides are recorded with one
    clock: what was changed, how much later it came, how it ended, how often the upstream was asked, and when it saw
    that the client had left. Without --gateway, the proxy that comes along is tested.

    \b
        conformance gateway
        conformance gateway --config-for litellm
        conformance gateway --gateway http://127.0.0.1:4000 --model mock --key-env LITELLM_KEY
        conformance gateway --gateway http://127.0.0.1:8787 --protocol openai-chat --case fin --case cancel-in-text
        conformance gateway --gateway http://127.0.0.1:8080 --html report.html -o runs/nginx

    `conformance check DIR` judges the same cassettes again, offline. Exit code 3: the gateway could not be reached,
    or asked our upstream nothing.
    """
    from .work import judging

    if testing.config_for is not None:
        _config(testing, asking)
        return
    judge = judging(Inputs(dialect=testing.dialect, ruleset=testing.ruleset), reports)
    with terminated_as_interrupted(), ExitStack() as stack:
        upstream = stack.enter_context(_upstream(testing, asking))
        root, sessions, console = _tested(stack, upstream, testing, asking, reports)
    console.close()
    ctx.exit(_conclude(root, sessions, judge, console, reports))


def _config(testing: Testing, asking: Asking) -> None:
    """Prints what points a gateway at our upstream; `list` prints which there are."""
    from .. import gateways

    name = str(testing.config_for)
    if name == "list":
        click.echo("\n".join(gateways.configs()))
    else:
        click.echo(gateways.config(name, f"http://{testing.listen}", asking.model or "mock"), nl=False)


def _upstream(testing: Testing, asking: Asking) -> UpstreamServer:
    from .. import gateways
    from ..edge.gateway_upstream import UpstreamServer

    host, port = testing.address
    models = [asking.model] if asking.model else ["mock"]
    return UpstreamServer(gateways.spoken, models, host=host, port=port if testing.gateway else 0)


def _tested(
    stack: ExitStack, upstream: UpstreamServer, testing: Testing, asking: Asking, reports: Reports
) -> tuple[Path, list[Session], Console]:
    """Runs the test: its folder, its sessions, and the console that told of it."""
    from .. import gateways
    from ..edge.gateway import GatewayTest
    from ..edge.gateway_plan import Plan
    from .gateway_sessions import made, planned, speaking

    word = stack.enter_context(_gateway(upstream, testing))
    plan = Plan(gateways.cases(), gateways.play, gateways.stage, testing.within)
    test = GatewayTest(upstream, plan, asking.options())
    with planned(word, testing, asking) as (root, found):
        sessions = speaking(test, found, testing, upstream, reports)
        made(root, sessions)
        console = _console(reports, sessions)
        test.run(sessions, console.start, console.done)
    return root, sessions, console


def _console(reports: Reports, sessions: Sequence[Session]) -> Console:
    from .run_table import Console

    return Console(reports, sessions)


@contextmanager
def _gateway(upstream: UpstreamServer, testing: Testing) -> Iterator[str]:
    """The gateway's word: the user's, or the URL of a proxy of ours that forwards to the upstream."""
    if testing.gateway is not None:
        yield testing.gateway
        return
    from tempfile import TemporaryDirectory

    from ..edge.proxy import ProxyServer

    with TemporaryDirectory(prefix="conformance-") as folder, ProxyServer(upstream.url, Path(folder, "proxy")) as proxy:
        yield proxy.url


def _conclude(root: Path, sessions: Sequence[Session], judge: Judge, console: Console, reports: Reports) -> int:
    """Judges the cassettes, prints what came of it, and returns the exit code."""
    from ..library import report
    from .gateway_table import tables
    from .output import conclude, next_steps
    from .run_table import table
    from .settled import folder_of, judged

    files, failures = folder_of(str(root))
    runs, recordings, more = judged(judge, [str(root)], 1, files, lambda: None)
    whole = report(runs, [*failures, *more], judge.inputs.ruleset)
    by_source = {run.source: run for run in whole.runs}
    console.line("\n" + "\n".join(table(sessions, by_source)))
    console.line("\n".join([*tables(sessions, by_source), *_wrong(whole)]))
    console.line(f"\nRecorded in {root}")
    code = conclude(whole, replace(reports, quiet=True), recordings)
    for step in next_steps(whole):
        console.line(step)
    return code


def _wrong(report: Report) -> Iterator[str]:
    """The rules that are broken, and what could not be judged."""
    from ..render import table
    from ..render._text import ansi
    from .output import columns

    for block in (table.broken, table.failures):
        lines = list(block(report, columns(), ansi))
        if lines:
            yield from ("", *lines)
