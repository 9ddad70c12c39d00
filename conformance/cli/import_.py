"""Make cassettes of what other tools recorded: HAR, mitmproxy, Ruby VCR, go-vcr.

Law: a thin command: the formats stand in `edge.importers`, writing and redaction in `edge.cassette`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..edge.importers import Found

UNREADABLE = 3
"""Exit code when something could not be read; the rest was imported all the same."""
_UNSAFE = str.maketrans(dict.fromkeys('<>:"|?*\\/', "_"))


class Import(click.Command):
    """The command, whose help ends with the table of formats."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each format holds: so much can be judged."""
        from ..edge.importers import importers

        with formatter.section("Formats, and what they hold"):
            formatter.write_dl([(module.TITLE, f"{module.FILES}: {module.HOLDS}.") for module in importers().values()])
        formatter.write_paragraph()
        formatter.write_text(
            "What a file is, its content decides. Whatever a format does not hold is named in the cassette, and rules "
            "that need it say not-recorded. check, show, replay and the others read all of these directly, too."
        )


@click.command(cls=Import)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder to write the cassettes into.")
@click.option("--json", "form", flag_value="json", help="Write JSON.  [default: YAML]")
@click.option("--request", metavar="FILE", help="Request body (JSON) where a file holds no request.")
@click.option("--force", is_flag=True, help="Overwrite cassettes that are there already.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what could not be read, and the names of cassettes.")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    output: str,
    form: str | None,
    request: str | None,
    force: bool,
    quiet: bool,
) -> None:
    """Make cassettes of what other tools recorded: HAR, mitmproxy, Ruby VCR, go-vcr.

    FILE is a recording of any format below, a folder of them, or a pattern. Each becomes one cassette, without
    secrets. What cannot be read is named with its place, the rest is imported, and the exit code is 3.

    \b
        conformance import session.har -o cassettes/
        conformance import spec/fixtures/vcr_cassettes/ testdata/ -o cassettes/
        mitmdump -w dump.flow ...; conformance import dump.flow -o cassettes/
    """
    from ..edge.load import read
    from ..errors import InputError
    from .work import found

    paths, failures = found(files)
    problems = [failure.message for failure in failures]
    written = []
    targets = names(paths, Path(output), form or "yaml")
    for path, target in targets.items():
        try:
            content = read(path, request)
        except InputError as error:
            problems.append(str(error))
            continue
        _save(target, content, force)
        written.append(content)
        problems += [f"{path}: {said}" for said in content.left]
        click.echo(str(target) if quiet else _line(path, target, content))
    _conclude(problems, written, quiet)
    ctx.exit(UNREADABLE if problems else 0)


def names(paths: Sequence[str], folder: Path, form: str) -> dict[str, Path]:
    """Where each file's cassette goes: its own name, with those of its folders before it where two are the same."""
    parts = {path: [part.translate(_UNSAFE) for part in Path(path).with_suffix("").parts] for path in paths}
    chosen: dict[str, str] = {}
    depth, open_ = 1, list(paths)
    while open_:
        tried = {path: "-".join(parts[path][-depth:]) for path in open_}
        count = Counter([*(name.lower() for name in tried.values()), *(name.lower() for name in chosen.values())])
        chosen |= {path: name for path, name in tried.items() if count[name.lower()] == 1}
        open_ = [path for path in open_ if path not in chosen]
        depth += 1
        if depth > max((len(parts[path]) for path in open_), default=0):
            break
    for number, path in enumerate(open_, start=1):  # a.yaml beside a.json
        chosen[path] = f"{'-'.join(parts[path][-2:])}-{number}"
    return {path: folder / f"{'stdin' if path == '-' else chosen[path]}.{form}" for path in paths}


def _save(target: Path, content: Found, force: bool) -> None:
    """Writes the cassette. Raises UsageError where another one stands there, StorageError where that fails."""
    from ..edge.cassette import save
    from ..errors import StorageError, UsageError

    if target.exists() and not force:
        raise UsageError(f"{target} is there already.", "Give another folder, or --force.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(str(target.parent), f"cannot be made ({error.strerror}).", "Give another folder.") from error
    save(target, content.recordings)


def _line(path: str, target: Path, content: Found) -> str:
    """`a.har: HAR 1.2, 3 recordings without reads and timing -> out/a.yaml`."""
    from ..render._text import safe

    recordings = content.recordings
    missing = sorted({evidence.value for one in recordings for evidence in one.missing})
    without = f" without {', '.join(missing[:-1])}{' and ' if missing[1:] else ''}{missing[-1]}" if missing else ""
    held = f"{content.format}, {_count(len(recordings), 'recording')}{without}"
    if content.passed_over:
        held += f", {_count(content.passed_over, 'entry', 'entries')} of no API passed over"
    return f"{safe(path)}: {held} -> {safe(str(target))}"


def _conclude(problems: Sequence[str], written: Sequence[Found], quiet: bool) -> None:
    from ..render._text import safe

    for problem in problems:
        click.echo(f"{click.style('not read:', fg='red')} {safe(problem)}", err=True)
    if not quiet:
        recordings = sum(len(content.recordings) for content in written)
        failed = f"; {len(problems)} not read" if problems else ""
        click.echo(f"{_count(recordings, 'recording')} in {_count(len(written), 'cassette')}{failed}.")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
