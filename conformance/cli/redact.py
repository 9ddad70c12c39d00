"""Take keys, tokens and cookies out of recordings, or tell whether there are any.

Law: a thin command. What a secret looks like stands in `edge.secrets_table`; what is found is never printed whole.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..edge.importers import Found
    from ..edge.redact_check import Leak

CASSETTE = "vcrpy"
"""The format of files that can be replaced in place."""
FOUND, UNREADABLE = 1, 3
"""Exit codes of --check: something looks like a secret; something could not be read, and so could hold one."""
_LISTED = 20
"""Lines per file; a file that leaks in more places is counted."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where something looks like a secret.")
@click.option("-o", "--output", metavar="DIR", help="Write cassettes into this folder.  [default: in place]")
@click.option(
    "--key-env", "variables", multiple=True, metavar="NAME", help="Also the value of this variable; repeatable."
)
@click.option("-q", "--quiet", is_flag=True, help="Print the summary line alone.")
@click.pass_context
def command(
    ctx: click.Context, files: tuple[str, ...], check: bool, output: str | None, variables: tuple[str, ...], quiet: bool
) -> None:
    """Take keys, tokens and cookies out of recordings, or tell whether there are any.

    FILE is anything that can be checked: a cassette, a raw stream, another tool's recording, a folder, a pattern.
    Secrets are looked for in URLs, headers and bodies of requests and responses, whole and where a stream
    splits them over several deltas. Each byte of a secret becomes a *, so that offsets and times stay true; of a header
    that carries one, the name stays.

    Cassettes are replaced in place, whole or not at all, where something is found; then they have the headers
    alone that are known to carry facts. Other files need --output. With --check the exit code is 0
    when nothing is found, 1 when something is, 3 when a file could not be read. Only the beginning of what is found
    is shown.

    \b
        conformance redact --check recordings/
        conformance redact recordings/joke.yaml
        conformance redact session.har -o cassettes/ --key-env MY_GATEWAY_KEY
    """
    from ..errors import InputError
    from .work import found

    if check and output:
        raise click.UsageError("--check writes nothing; give it without --output.")
    paths, failures = found(files)
    known = [_value(name) for name in variables]
    problems = [failure.message for failure in failures]
    leaky: dict[str, list[Leak]] = {}
    target = _targets(paths, output)
    for path in paths:
        try:
            leaky[path] = _check(path, known) if check else _redact(path, target(path), known)
        except InputError as error:
            problems.append(str(error))
            continue
        if not quiet:
            _tell(path, leaky[path], None if check else target(path))
    _conclude(leaky, problems, check)
    ctx.exit(_exit_code(check, any(leaky.values()), bool(problems)))


def _exit_code(check: bool, leaking: bool, problems: bool) -> int:
    """A secret that was found counts more than a file that was not read: it is known to be there."""
    if check and leaking:
        return FOUND
    return UNREADABLE if problems else 0


def _value(variable: str) -> str:
    """The key in a variable. Raises UsageError where there is none."""
    from ..errors import UsageError

    value = os.environ.get(variable, "")
    if not value:
        raise UsageError(f"{variable} is not set.", "Name a variable that holds a key.")
    return value


def _targets(paths: Sequence[str], output: str | None) -> Callable[[str], Path]:
    """Where the cassette of each file goes."""
    from .import_ import names

    if output is None:
        return Path
    chosen = {form: names(paths, Path(output), form) for form in ("yaml", "json")}
    return lambda path: chosen["json" if path.lower().endswith(".json") else "yaml"][path]


def _check(path: str, known: Sequence[str]) -> list[Leak]:
    """What looks like a secret in a file. Raises InputError where a part of it was not looked at."""
    from ..edge.load import read
    from ..errors import InputError

    content = read(path)
    leaks = list(_leaks(content, known))
    if not leaks and (content.left or content.passed_over):
        unseen = len(content.left) + content.passed_over
        what = f"{unseen} entries of this {content.format} file are no recordings, and were not looked at."
        raise InputError(path, what, "Make a cassette of the rest with --output DIR.")
    return leaks


def _leaks(content: Found, known: Sequence[str]) -> Iterator[Leak]:
    from ..edge.redact_check import leaks

    several = len(content.recordings) > 1
    for recording in content.recordings:
        for leak in leaks(recording, known):
            yield leak._replace(place=f"interaction {recording.interaction}, {leak.place}") if several else leak


def _redact(path: str, target: Path, known: Sequence[str]) -> list[Leak]:
    """Writes the file without secrets; returns what was found. Raises InputError, StorageError."""
    from ..edge.cassette import save
    from ..edge.load import read
    from ..errors import InputError, StorageError

    content = read(path)
    if str(target) == path and not _is_cassette(path, content):
        raise InputError(path, f"It is a file of {content.format}; only a cassette is replaced.", "Give --output DIR.")
    found = list(_leaks(content, known))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(str(target.parent), f"cannot be made ({error.strerror}).", "Give another folder.") from error
    if found or str(target) != path:
        save(target, content.recordings, known)
    return found


def _is_cassette(path: str, content: Found) -> bool:
    return content.format == CASSETTE and path.lower().endswith((".yaml", ".yml", ".json"))


def _tell(path: str, leaks: Sequence[Leak], target: Path | None) -> None:
    """The lines of one file; none where nothing was found and nothing written elsewhere."""
    from ..render._text import safe

    if target is not None and str(target) != path:
        click.echo(f"{safe(path)} -> {safe(str(target))}")
    elif leaks:
        click.echo(safe(path))
    for leak in leaks[:_LISTED]:
        kind = click.style(leak.kind, fg="red" if target is None else "green")
        click.echo(f"  {kind}  {safe(leak.place)}: {safe(leak.shown)}")
    if len(leaks) > _LISTED:
        click.echo(f"  and {len(leaks) - _LISTED} more")


def _conclude(leaky: dict[str, list[Leak]], problems: Sequence[str], check: bool) -> None:
    from ..render._text import safe

    for problem in problems:
        click.echo(f"{click.style('not read:', fg='red')} {safe(problem)}", err=True)
    kinds = Counter(leak.kind for leaks in leaky.values() for leak in leaks)
    files = sum(1 for leaks in leaky.values() if leaks)
    seen = f"{len(leaky):,} {'file' if len(leaky) == 1 else 'files'}"
    listed = ", ".join(f"{kind} {number}" for kind, number in kinds.most_common())
    count = "1 secret" if kinds.total() == 1 else f"{kinds.total():,} secrets"
    told = f"{count} {'found' if check else 'taken out'} in {files:,} of {seen} ({listed})"
    failed = f"; {len(problems)} not read" if problems else ""
    click.echo(f"{told if kinds else f'No secrets in {seen}'}{failed}.")
