"""Record what goes on between any client and any provider.

Law: a thin command: forwarding stands in `edge.proxy`, judging while it runs in `proxy_desk`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..targets import DEFAULT_PROTOCOL
from .options import Inputs, Reports, reports

if TYPE_CHECKING:
    from ..edge.proxy import ProxyServer
    from ..edge.proxy_notes import Passed

_FOLDER = Path("runs")


@click.command()
@click.option("--upstream", required=True, metavar="URL", help="Whom to forward to, as in https://api.example.com/v1.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("-o", "--output", metavar="DIR", help="New folder for the cassettes.  [default: runs/proxy-TIME]")
@click.option("--check", is_flag=True, help="Judge each exchange when it has ended, and print the findings.")
@click.option("--protocol", metavar="NAME", help="Protocol of the streams.  [default: detected]")
@click.option("--dialect", metavar="NAME", help="Provider's dialect, a .toml file, or 'strict'.  [default: by host]")
@click.option("--key-env", metavar="VAR", help="Variable with the key to send instead of the client's.")
@click.option("--http2/--http1", default=False, help="HTTP version to offer the upstream.  [default: HTTP/1.1]")
@click.option("--insecure", is_flag=True, help="Trust any certificate of the upstream.")
@click.option("--ca-file", "--cacert", metavar="FILE", help="Certificates (PEM) to trust instead of the system's.")
@click.option("--ready-file", metavar="FILE", help="Write the base URL into FILE when the proxy listens.")
@reports
@click.pass_context
def command(
    ctx: click.Context, /, output: str | None, check: bool, protocol: str | None, dialect: str | None,
    ready_file: str | None, reports: Reports, **link: Any,
) -> None:  # fmt: skip
    """Record what goes on between any client and any provider.

    Give a client the base URL that is printed instead of the provider's. Every exchange goes through unchanged, each
    read as soon as it comes, and lands as one cassette in a new folder, with the times of the reads and of our writes,
    without keys. A client that goes away is told to the upstream at once; an upstream that breaks off is seen by the
    client as it happened. What cannot be a cassette, because no response came, stands in exchanges.jsonl.

    \b
        conformance proxy --upstream https://api.openai.com/v1 --port 8080
        conformance proxy --upstream http://127.0.0.1:8000 --check
        conformance proxy --upstream https://api.anthropic.com --key-env ANTHROPIC_API_KEY --check --json report.json
        OPENAI_BASE_URL=http://127.0.0.1:8080/v1 python my_client.py

    It runs until Ctrl-C or SIGTERM, which gives streams under way two seconds to end, and then, with --check or a
    report to write, judges the whole folder as `conformance check` does, and exits as that does.
    """
    folder = Path(output) if output else _fresh_name()
    inputs, metadata = _inputs(protocol, dialect)
    console = Console(reports)
    server = _server(folder, inputs, metadata, told=console.passed, check=check, **link)
    try:
        server.run(lambda server: console.ready(server, ready_file))
    finally:
        console.close(folder)
    if check or reports.files:
        ctx.exit(_conclude(folder, inputs, reports))


def _server(
    folder: Path, inputs: Inputs, metadata: dict[str, object], *, upstream: str, key_env: str | None, check: bool,
    http2: bool, insecure: bool, ca_file: str | None, **more: Any,
) -> ProxyServer:  # fmt: skip
    from ..edge.proxy import Link, ProxyServer
    from ..edge.proxy_reel import DESK
    from .proxy_desk import COMMAND

    key = _key(key_env)
    link = Link(http2=http2, insecure=insecure, ca_file=ca_file, fields=_fields(key, inputs.protocol))
    desk = COMMAND if check else DESK
    known = [key] if key else []
    return ProxyServer(upstream, folder, link=link, known=known, metadata=metadata, desk=desk, judging=inputs, **more)


class Console:
    """What a person sees while it runs."""

    def __init__(self, reports: Reports) -> None:
        self._quiet = reports.quiet
        self._err = "-" in reports.files.values()
        self._exchanges = self._streams = self._lost = self._findings = 0

    def ready(self, server: ProxyServer, ready_file: str | None) -> None:
        """It listens."""
        from ..edge.store import store

        base = server.url + server.upstream.path
        click.echo(base if self._quiet else f"Forwarding {base} to {server.upstream.geturl()}", err=self._err)
        if not self._quiet:
            click.echo(f"Recording into {server.folder}  (Ctrl-C ends it)\n", err=self._err)
        if ready_file is not None:
            store(ready_file, [f"{base}\n".encode()])

    def passed(self, passed: Passed) -> None:
        """An exchange has ended."""
        self._exchanges += 1
        self._streams += passed.stream
        self._lost += passed.cassette is None
        lines = [line(passed), *findings(passed.verdict)]
        self._findings += len(lines) - 1
        if not self._quiet:
            click.echo("\n".join(lines), err=True)

    def close(self, folder: Path) -> None:
        """It has stopped."""
        from ..render._text import plural

        told = [plural(self._exchanges, "exchange"), plural(self._streams, "stream")]
        told += [f"{self._lost:,} without a response"] if self._lost else []
        told += [plural(self._findings, "finding")] if self._findings else []
        click.echo(f"{', '.join(told)}: {folder}", err=True)
        if not self._exchanges:
            with suppress(OSError):  # nothing was asked: nothing is left behind
                (folder / "exchanges.jsonl").unlink()
                folder.rmdir()


def line(passed: Passed) -> str:
    """One exchange in one line."""
    from ..render._text import millis, plural, safe, size

    parts = [f"{passed.method} {safe(passed.path)}", str(passed.status or "---")]
    amount = f"{plural(passed.events, 'event')}, " if passed.stream else ""
    parts += [f"{amount}{size(passed.bytes)} in {millis(passed.ended_at)} ms"] if passed.cassette else []
    parts += [f"{passed.outcome}: {safe(passed.error)}"] if passed.error else []
    return "  ".join([*parts, *([passed.cassette] if passed.cassette else []), *_verdict(passed.verdict)])


def _verdict(verdict: Any) -> list[str]:
    if verdict is None:
        return []
    return [click.style(verdict.verdict.value if hasattr(verdict, "verdict") else "not judged", bold=True)]


def findings(verdict: Any) -> list[str]:
    """The findings of an exchange that no dialect waives, a line each; why it was not judged."""
    from ..render._text import ansi, safe

    if not hasattr(verdict, "findings"):
        return [f"    {safe(verdict)}"] if verdict else []
    standing = [found for found in verdict.findings if found.waived is None]
    return [
        f"    {ansi(found.level.label, found.level.label)} {found.rule}: {safe(found.message)}"
        f"{f' ({found.count} times)' if found.count > 1 else ''}"
        for found in standing
    ]


def _inputs(protocol: str | None, dialect: str | None) -> tuple[Inputs, dict[str, object]]:
    """How it is judged, and what every cassette says of itself."""
    from .work import Judge

    inputs = Inputs(protocol=protocol, dialect=dialect)
    Judge(inputs).validate()
    named = {"protocol": protocol, "dialect": dialect if dialect and not dialect.endswith(".toml") else None}
    return inputs, {name: value for name, value in named.items() if value not in (None, "strict", "auto")}


def _key(variable: str | None) -> str | None:
    from ..edge.targets import how_to_set
    from ..errors import UsageError

    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UsageError(f"The environment variable {variable} is not set.", how_to_set(variable))
    return key


def _fields(key: str | None, protocol: str | None) -> Callable[[str], Sequence[tuple[str, str]]]:
    """The field that carries the key, by the path that is asked: as its protocol has it, or a bearer's."""
    from ..edge.scenario import fill
    from ..suite import endpoints

    if key is None:
        return lambda path: ()
    known = endpoints()

    def fields(path: str) -> Sequence[tuple[str, str]]:
        fitting = [(len(one.path), name) for name, one in known.items() if one.named_by(path)]
        named = protocol or max(fitting, default=(0, DEFAULT_PROTOCOL))[1]
        spoken = known[named if named in known else DEFAULT_PROTOCOL].key
        return [(spoken["header"], str(fill(spoken["value"], {"key": key})))]

    return fields


def _fresh_name() -> Path:
    from ..edge.runner_folder import folder_name

    return _FOLDER / folder_name("proxy", datetime.now(UTC))


def _conclude(folder: Path, inputs: Inputs, reports: Reports) -> int:
    """Judges the folder, prints what came of it, and returns the exit code."""
    from ..library import report
    from .output import conclude
    from .settled import folder_of, judged
    from .work import judging

    files, failures = folder_of(str(folder))
    judge = judging(inputs, reports)
    runs, recordings, more = judged(judge, [str(folder)], 1, files, lambda: None)
    sys.stderr.flush()
    return conclude(report(runs, [*failures, *more]), reports, recordings)
