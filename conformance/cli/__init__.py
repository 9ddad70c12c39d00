"""The command line. A command is one file of this folder: parse, call, print, exit.

Law: the folder is the registry. A file that defines `command` is a command, the first line of its docstring is its line
of help, and it is imported when it is called, not before: `conformance --help` loads click and nothing else. A name
that is a word of Python ends in `_` (`import_.py`).
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..errors import ConformanceError

_FOLDER = Path(__file__).parent
_COMMAND = re.compile(r"^(?:def command\b|command\s*[:=])", re.MULTILINE)
_FIRST_LINE = re.compile(r'\A"""(.+?)\.?\s*(?:"""|\n)')

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it: 128 + SIGINT."""
PIPE_CLOSED = 141
"""Exit code when the reader of our output went away: 128 + SIGPIPE. Never 1, which says that a server is wrong."""

BROKEN = 3
"""Exit code when this program itself failed: there is no verdict."""


@cache
def commands() -> dict[str, str]:
    """Command name -> its one line of help, read from the files without importing them."""
    found = {}
    for path in sorted(_FOLDER.glob("[a-z]*.py")):
        source = path.read_text(encoding="utf-8")
        if _COMMAND.search(source):
            line = _FIRST_LINE.match(source)
            found[path.stem.rstrip("_").replace("_", "-")] = line[1] if line else ""
    return found


class Commands(click.Group):
    """The group that finds its commands in the folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, without importing anything."""
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the file of one command."""
        if cmd_name not in commands():
            return None
        module = cmd_name.replace("-", "_") + ("_" if iskeyword(cmd_name) else "")
        found: click.Command = import_module(f"{__name__}.{module}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command is answered with the nearest names."""
        if args and args[0] not in commands() and not args[0].startswith("-"):
            raise click.UsageError(_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the files' first lines."""
        with formatter.section("Commands"):
            formatter.write_dl(list(commands().items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; turns errors, Ctrl-C and a closed pipe into their exit codes."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except ConformanceError as error:
            complain(error)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("conformance: interrupted.", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            _forget_stdout()
            ctx.exit(PIPE_CLOSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception:
            _confess()
            ctx.exit(BROKEN)


def complain(error: ConformanceError) -> None:
    """Prints `conformance: <what> <hint>` on standard error."""
    from ..render._text import safe

    name = click.style("conformance:", fg="red", bold=True)
    click.echo(f"{name} {safe(error.what)} {safe(error.hint)}".rstrip(), err=True)


def _confess() -> None:
    """Prints the traceback of our own fault, and what to do with it."""
    import traceback

    click.echo(traceback.format_exc(), err=True, nl=False)
    click.echo(
        "conformance: this is a fault of conformance, not of what it checked. Please report the lines above.", err=True
    )


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, commands(), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(commands())}."
    return f"There is no command {name!r}. {hint}"


def _forget_stdout() -> None:
    """Points standard output nowhere, so that the interpreter's last flush does not complain again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 conforms; 1 findings; 2 usage; 3 no verdict (unreadable, unreachable, nothing checked).",
)
@click.version_option(__version__, prog_name="conformance")
def group() -> None:
    """Record, replay and judge the event streams of LLM APIs.

    Every finding comes with the sentence that is broken and the bytes that prove it.
    """


def main() -> None:
    """The entry point of the command `conformance`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    group(prog_name="conformance")
