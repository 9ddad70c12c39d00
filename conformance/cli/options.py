"""Options that several commands share, one decorator each; each hands its command one value.

Law: what `--json`, `--markdown` and the rest are is the content of the folder render/; nothing is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ..core.finding import Level

Function = Callable[..., Any]
NEVER = "never"
_RENDER = Path(__file__).parent.parent / "render"
_FIRST_LINE = re.compile(r'\A"""The report as (.+?)(?:[,:;]| that |\.?\n)')


@dataclass(frozen=True)
class Inputs:
    """How recordings are read and judged. None: detected, or all."""

    protocol: str | None = None
    dialect: str | None = None
    ruleset: str | None = None
    request: str | None = None
    """File with the request body that a raw SSE file answers."""


@dataclass(frozen=True)
class Reports:
    """What is printed and written, and from which level on the exit code is 1 (None: never)."""

    files: Mapping[str, str]
    """Form (`json`) -> file to write, `-` for standard output."""
    fail_on: Level | None = Level.ERROR
    quiet: bool = False
    history: str | None = None
    """The SQLite file that the run is kept in, if one was named."""


def forms(room: str = ".", printed: str = "table") -> list[str]:
    """The forms that a report can be written in, by the files of render/ (or of a room in it), but what is printed."""
    return sorted(form_of(path) for path in (_RENDER / room).glob("[a-z]*.py") if path.stem != printed)


def form_of(path: Path) -> str:
    """`json` of `json_.py`, `pr-comment` of `pr_comment.py`."""
    return path.stem.rstrip("_").replace("_", "-")


def _titles() -> dict[str, str]:
    """Form -> what it is called: `JSON`, `JUnit XML`; from the first line of its file, which is not imported."""
    found = {}
    for path in _RENDER.glob("[a-z]*.py"):
        said = _FIRST_LINE.match(path.read_text(encoding="utf-8"))
        found[form_of(path)] = said[1] if said else form_of(path)
    return found


def gathered(name: str, kind: type, *options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """A decorator: these options, handed over as one value, `name: kind`. Its fields are their parameters."""

    def decorate(command: Function) -> Function:
        @wraps(command)
        def wrapper(*args: Any, **rest: Any) -> Any:
            own = {field.name: rest.pop(field.name) for field in fields(kind)}
            return command(*args, **{name: kind(**own)}, **rest)

        decorated: Function = wrapper
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


inputs = gathered(
    "inputs",
    Inputs,
    click.option("--protocol", metavar="NAME", help="Protocol of the stream.  [default: detected]"),
    click.option(
        "--dialect", metavar="NAME", help="Provider's dialect, a .toml file, or 'strict'.  [default: by host]"
    ),
    click.option("--ruleset", metavar="YYYY.MM", help="Rules that count: those of that month.  [default: all]"),
    click.option("--request", metavar="FILE", help="Request body (JSON) that a raw SSE file answers."),
)
"""--protocol --dialect --ruleset --request, as `inputs: Inputs`."""


def reports(command: Function) -> Function:
    """--json FILE --markdown FILE ... --history --fail-on --quiet, handed over as `reports: Reports`.

    A report or a history that cannot be kept is refused before anything is asked or judged.
    """
    names, titles = forms(), _titles()

    @wraps(command)
    def wrapper(*args: Any, fail_on: str, quiet: bool, history: str | None, **rest: Any) -> Any:
        files = {name: path for name in names if (path := rest.pop(_parameter(name))) is not None}
        level = None if fail_on == NEVER else Level[fail_on.upper()]
        _ready(files)
        if history is not None:
            from ..edge.history import ready

            ready(history)
        return command(*args, reports=Reports(files, level, quiet, history), **rest)

    decorated: Function = wrapper
    decorated = click.option("-q", "--quiet", is_flag=True, help="Print the summary line alone.")(decorated)
    decorated = click.option(
        "--fail-on",
        type=click.Choice([*(level.label for level in reversed(Level)), NEVER]),
        default=Level.ERROR.label,
        show_default=True,
        help="Lowest level of a finding that makes the exit code 1.",
    )(decorated)
    kept = "Keep the run in this SQLite file, for `conformance trend`."
    decorated = click.option("--history", metavar="FILE", help=kept)(decorated)
    for name in reversed(names):
        help_line = f"Write the report as {titles[name]}; - is standard output."
        decorated = click.option(f"--{name}", _parameter(name), metavar="FILE", help=help_line)(decorated)
    return decorated


def _ready(files: dict[str, str]) -> None:
    if files:
        from .files import ready

        ready(files)


def _parameter(form: str) -> str:
    return f"report_{form.replace('-', '_')}"


def written(room: str, what: str) -> Callable[[Function], Function]:
    """--html FILE --json FILE ... for the forms of a room of render/, handed over as `files: dict` (form -> file)."""
    names = forms(room, printed="text")

    def decorate(command: Function) -> Function:
        @wraps(command)
        def wrapper(*args: Any, **rest: Any) -> Any:
            files = {name: path for name in names if (path := rest.pop(f"write_{name}")) is not None}
            _ready(files)
            return command(*args, files=files, **rest)

        decorated: Function = wrapper
        for name in reversed(names):
            line = f"Write the {what} as {name.upper() if len(name) < 5 else name.capitalize()}; - is standard output."
            decorated = click.option(f"--{name}", f"write_{name}", metavar="FILE", help=line)(decorated)
        return decorated

    return decorate


def jobs(command: Function) -> Function:
    """--jobs N, handed over as `jobs: int | None` (None: as many as pay off)."""
    option = click.option(
        "-j", "--jobs", type=click.IntRange(1), help="Processes to check with.  [default: as many as pay off]"
    )
    decorated: Function = option(command)
    return decorated
