"""Record one stream of an endpoint into a cassette.

Law: a thin command: what to ask stands in `targets`, asking and writing in `edge.recorder`, judging in `library`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..suite import scenario
from ..targets import BUILTIN, DEFAULT_PROTOCOL, Asking, opened
from .asking import asking, terminated_as_interrupted

if TYPE_CHECKING:
    from ..core.recording import Recording, Request
    from ..core.stream import StreamEvent
    from ..edge.scenario import Target

DEFAULT_PROMPT = "Say hello in one short sentence."


@click.command()
@click.argument("target", metavar="TARGET")
@click.option("--prompt", metavar="TEXT", help=f"What to ask.  [default: {DEFAULT_PROMPT}]")
@click.option("--body", metavar="FILE", help="File with the request's body instead; - is standard input.")
@click.option("--scenario", "name", metavar="NAME", help="A scenario's request instead.")
@click.option("--usage/--no-usage", default=None, help="Ask for usage figures, or take care not to.")
@click.option("--accept-encoding", metavar="CODINGS", help="Content codings to offer.  [default: identity]")
@click.option("--protocol", metavar="NAME", help=f"Protocol to speak.  [default: by URL, or {DEFAULT_PROTOCOL}]")
@asking
@click.option("--dialect", metavar="NAME", help="Provider's dialect, to be kept in the cassette.  [default: by host]")
@click.option("-o", "--output", metavar="FILE", help="Cassette to write.  [default: HOST-WHAT-TIME.yaml]")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("-q", "--quiet", is_flag=True, help="Print the file's name alone.")
def command(
    target: str,
    prompt: str | None,
    body: str | None,
    name: str | None,
    usage: bool | None,
    accept_encoding: str | None,
    protocol: str | None,
    asking: Asking,
    dialect: str | None,
    output: str | None,
    force: bool,
    quiet: bool,
) -> None:
    """Record one stream of an endpoint into a cassette.

    TARGET is a URL (http://host/v1, or the endpoint itself), a provider's name, or `builtin`, the server that comes
    along. The text is shown as it arrives. Keys are read from the environment and never written.

    \b
        conformance record http://127.0.0.1:8000/v1 --prompt "Tell me a joke"
        conformance record https://gateway.example/v1 --key-env MY_KEY --scenario tools -o tools.yaml
        conformance record https://api.anthropic.com --protocol anthropic-messages --key-env ANTHROPIC_API_KEY
        conformance record builtin --scenario usage

    Ctrl-C cancels the stream: it is recorded as cancelled, and the exit code is 0. Whatever a server answers is a
    recording and exits with 0, an error, too; 3 says that no answer came, and that nothing was written.
    """
    from .. import catalogue
    from ..edge.recorder import Watch, record

    if dialect is not None:
        dialect = catalogue.dialect(dialect).name
    with terminated_as_interrupted(), opened(target, asking, protocol) as found:
        request, what = _request(found, prompt, body, name, usage, accept_encoding)
        path = _path(output, found, what, force)
        show = Show(found.protocol, quiet)
        show.line(f"POST {_bare(found.url)}, model {found.model}")
        metadata: dict[str, Any] = {"protocol": found.protocol, "target": found.name}
        metadata |= {"scenario": name} if name else {}
        metadata |= {"dialect": dialect or found.dialect} if dialect or found.dialect else {}
        metadata |= {"synthetic": True} if found.name == BUILTIN else {}
        recording = record(
            request,
            path,
            metadata,
            options=asking.options(),
            secrets=found.secrets,
            watch=Watch(on_head=show.head, on_event=show.event),
        )
    show.summary(recording, path)


class Show:
    """What a person sees of a recording while it is made, and when it is done."""

    def __init__(self, protocol: str, quiet: bool) -> None:
        from .. import catalogue
        from ..core.payload import parse
        from ..render._text import safe

        self._parse, self._safe = parse, safe  # loaded now, not while the stream runs
        self._quiet = quiet
        self._protocol = catalogue.protocols().get(protocol) or catalogue.unknown_protocol()
        self._text = False

    def line(self, text: str = "") -> None:
        """One line of ours."""
        if not self._quiet:
            click.echo(click.style(text, dim=True))

    def head(self, status: int, headers: Any, at: float) -> None:
        """The response has begun."""
        from ..render._text import millis

        kind = self._safe(headers.get("content-type") or "no content type")
        self.line(f"{status} {kind} after {millis(at)} ms")

    def event(self, event: StreamEvent) -> None:
        """An event has come: its text, if it has any."""
        if self._quiet:
            return
        protocol = self._protocol
        if event.raw == protocol.sentinel:
            return
        event.parsed, event.flaw = self._parse(event.raw)
        event.kind = protocol.kind_of(event.name, event.parsed)
        text = protocol.text_of(event) if event.parsed is not None else ""
        if text:
            self._text = True
            click.echo("\n".join(self._safe(part) for part in text.split("\n")), nl=False)
            sys.stdout.flush()

    def summary(self, recording: Recording, path: Path) -> None:
        """What was recorded, where it lies, and what to do with it."""
        if self._quiet:
            click.echo(path)
            return
        from .. import library

        if self._text:
            click.echo()
        run = library.check(recording)
        self.line(", ".join(_figures(recording, run)))
        counts: dict[str, int] = {}
        for finding in run.findings:
            if finding.waived is None:
                counts[finding.level.label] = counts.get(finding.level.label, 0) + finding.count
        found = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items())
        click.echo(f"Recorded in {path}")
        click.echo(f"{found or 'No findings'}: conformance check {_quoted(path)}")


def _figures(recording: Recording, run: Any) -> Iterator[str]:
    from ..render._text import millis, plural, safe, size

    yield f"{plural(run.events, 'event')}, {size(run.bytes)} in {plural(len(recording.reads), 'read')}"
    for label, name in (("first byte", "ttfb"), ("first text", "first_text"), ("total", "total")):
        if run.latency.get(name) is not None:
            yield f"{label} {millis(run.latency[name])} ms"
    end = recording.end
    yield f"{recording.http_version}, {end.kind.value}{f' ({safe(end.detail)})' if end.detail else ''}"


def _request(
    target: Target, prompt: str | None, body: str | None, name: str | None, usage: bool | None, codings: str | None
) -> tuple[Request, str]:
    """The request, and a word for what it asks."""
    from dataclasses import replace

    from ..core.recording import Headers
    from ..errors import UsageError

    if sum(given is not None for given in (prompt, body, name)) > 1:
        raise UsageError("--prompt, --body and --scenario exclude each other.", "Give one of them.")
    if body is not None:
        request, what = target.request(_file(body)), "body"
    elif name is not None:
        request, what = target.ask(scenario(target.protocol, name)), name
    else:
        request, what = target.prompt(DEFAULT_PROMPT if prompt is None else prompt), "prompt"
    if usage is not None:
        request = replace(request, body=_with_usage(target, request, usage))
    if codings is not None:
        fields = [(field, value) for field, value in request.headers if field.lower() != "accept-encoding"]
        request = replace(request, headers=Headers([*fields, ("Accept-Encoding", codings)]))
    return request, what


def _file(path: str) -> bytes:
    from ..errors import InputError

    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror}).", "Check the path.") from error


def _with_usage(target: Target, request: Request, wanted: bool) -> bytes:
    import orjson

    from ..edge.scenario import merged, without
    from ..errors import UsageError

    patch = target.endpoint.usage
    if patch is None:
        raise UsageError(f"{target.endpoint.title} has no switch for usage.", "Leave --usage and --no-usage out.")
    if not request.json:
        raise UsageError("The body is no JSON object.", "Leave --usage and --no-usage out.")
    return orjson.dumps(merged(request.json, patch) if wanted else without(request.json, patch))


def _path(output: str | None, target: Target, what: str, force: bool) -> Path:
    from urllib.parse import urlsplit

    from ..edge.runner_folder import folder_name
    from ..errors import UsageError

    host = target.name if "://" not in target.name else urlsplit(target.url).netloc
    path = Path(output) if output else Path(f"{folder_name(f'{host}-{what}', datetime.now(UTC))}.yaml")
    if path.exists() and not force:
        raise UsageError(f"{path} exists.", "Choose another --output, or overwrite it with --force.")
    return path


def _bare(url: str) -> str:
    """A URL without what may be secret in it."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _quoted(path: Path) -> str:
    from shlex import quote

    return quote(str(path))
