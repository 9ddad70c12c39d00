"""Record one stream of an endpoint into a cassette.

Law: a thin command: what to ask stands in `targets`, asking and writing in `edge.recorder`, judging in `library`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..suite import scenario
from ..targets import BUILTIN, DEFAULT_PROTOCOL, Asking, opened
from .asking import asking, terminated_as_interrupted
from .options import gathered

if TYPE_CHECKING:
    from ..core.recording import Recording, Request
    from ..core.stream import StreamEvent
    from ..edge.scenario import Target

DEFAULT_PROMPT = "Say hello in one short sentence."


@dataclass(frozen=True)
class Question:
    """What is asked: a prompt, a file, or a scenario's request; and what is changed about it."""

    prompt: str | None = None
    body: str | None = None
    scenario: str | None = None
    usage: bool | None = None
    accept_encoding: str | None = None


@dataclass(frozen=True)
class Place:
    """Where the cassette goes, and what it is marked with."""

    output: str | None = None
    force: bool = False
    dialect: str | None = None


question = gathered(
    "question",
    Question,
    click.option("--prompt", metavar="TEXT", help=f"What to ask.  [default: {DEFAULT_PROMPT}]"),
    click.option("--body", metavar="FILE", help="File with the request's body instead; - is standard input."),
    click.option("--scenario", metavar="NAME", help="A scenario's request instead."),
    click.option("--usage/--no-usage", default=None, help="Ask for usage figures, or take care not to."),
    click.option("--accept-encoding", metavar="CODINGS", help="Content codings to offer.  [default: identity]"),
)
"""--prompt --body --scenario --usage --accept-encoding, as `question: Question`."""


place = gathered(
    "place",
    Place,
    click.option("--dialect", metavar="NAME", help="Dialect, to be kept in the cassette.  [default: the target's]"),
    click.option("-o", "--output", metavar="FILE", help="Cassette to write.  [default: HOST-WHAT-TIME.yaml]"),
    click.option("--force", is_flag=True, help="Overwrite the file."),
)
"""--dialect --output --force, as `place: Place`."""


@click.command()
@click.argument("target", metavar="TARGET")
@question
@click.option("--protocol", metavar="NAME", help=f"Protocol to speak.  [default: by URL, or {DEFAULT_PROTOCOL}]")
@asking
@place
@click.option("-q", "--quiet", is_flag=True, help="Print the file's name alone.")
def command(target: str, question: Question, protocol: str | None, asking: Asking, place: Place, quiet: bool) -> None:
    """Record one stream of an endpoint into a cassette.

    TARGET is a URL (http://host/v1, or the endpoint itself), the name of a target or a provider (`conformance targets`
    lists them), or `builtin`, the server that comes along. The text is shown as it arrives. Keys are read from the
    environment and never written.

    \b
        conformance record http://127.0.0.1:8000/v1 --prompt "Tell me a joke"
        conformance record https://gateway.example/v1 --key-env MY_KEY --scenario tools -o tools.yaml
        conformance record https://api.anthropic.com --protocol anthropic-messages --key-env ANTHROPIC_API_KEY
        conformance record builtin --scenario usage

    Ctrl-C cancels the stream: it is recorded as cancelled, and the exit code is 0. Whatever a server answers is a
    recording and exits with 0, an error, too; 3 says that no answer came, and that nothing was written.
    """
    from ..edge.runner_manifest import bare

    with terminated_as_interrupted(), opened(target, asking, protocol) as found:
        metadata = _metadata(found, question, place)
        request, what = _request(found, question)
        path = _path(place, found, what)
        show = Show(found.protocol, quiet)
        show.line(f"POST {bare(found.url)}, model {found.model}")
        recording = _recorded(request, path, metadata, asking, found, show)
    show.summary(recording, path)


def _recorded(
    request: Request, path: Path, metadata: Mapping[str, object], asking: Asking, target: Target, show: Show
) -> Recording:
    from ..edge.recorder import Watch, record

    watch = Watch(on_head=show.head, on_event=show.event)
    options = asking.options(target.limits)
    return record(request, path, metadata, options=options, secrets=target.secrets, watch=watch)


def _metadata(target: Target, question: Question, place: Place) -> dict[str, object]:
    """What the cassette says of itself."""
    from .. import catalogue

    dialect = catalogue.dialect(place.dialect).name if place.dialect else target.dialect
    return {
        "protocol": target.protocol,
        "target": target.name,
        **({"scenario": question.scenario} if question.scenario else {}),
        **({"dialect": dialect} if dialect else {}),
        **({"target_version": target.version} if target.version else {}),
        **({"synthetic": True} if target.name == BUILTIN else {}),
    }


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
            if finding.excuse is None:
                counts[finding.level.label] = counts.get(finding.level.label, 0) + 1
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


def _request(target: Target, asked: Question) -> tuple[Request, str]:
    """The request, and a word for what it asks."""
    from ..core.recording import Headers
    from ..errors import UsageError

    if sum(given is not None for given in (asked.prompt, asked.body, asked.scenario)) > 1:
        raise UsageError("--prompt, --body and --scenario exclude each other.", "Give one of them.")
    if asked.body is not None:
        request, what = target.request(_file(asked.body)), "body"
    elif asked.scenario is not None:
        request, what = target.ask(scenario(target.protocol, asked.scenario)), asked.scenario
    else:
        request, what = target.prompt(DEFAULT_PROMPT if asked.prompt is None else asked.prompt), "prompt"
    if asked.usage is not None:
        request = replace(request, body=_with_usage(target, request, asked.usage))
    if asked.accept_encoding is not None:
        kept = [(field, value) for field, value in request.headers if field.lower() != "accept-encoding"]
        request = replace(request, headers=Headers([*kept, ("Accept-Encoding", asked.accept_encoding)]))
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


def _path(place: Place, target: Target, what: str) -> Path:
    from ..edge.runner_folder import folder_name
    from ..errors import UsageError

    name = f"{folder_name(f'{target.name}-{what}', datetime.now(UTC))}.yaml"
    path = Path(place.output or name)
    if path.exists() and not place.force:
        raise UsageError(f"{path} exists.", "Choose another --output, or overwrite it with --force.")
    return path


def _quoted(path: Path) -> str:
    from shlex import quote

    return quote(str(path))
