"""The reference of the commands, as `docs/commands.md` shows it: made from what `--help` is made of.

Law: nothing is said here that a command does not say of itself; what differs between versions of click is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from .cli import commands, group

_INTRO = """\
# Commands

Every command says the same with `--help`. Exit codes: 0 conforms; 1 findings at or above `--fail-on`; 2 usage; 3 no
verdict (unreachable, unreadable, nothing checked)."""


def markdown() -> str:
    """The page."""
    listed = [f"| [`conformance {name}`](#conformance-{name}) | {line}. |" for name, line in commands().items()]
    table = "\n".join(["| command | does |", "| --- | --- |", *listed])
    return "\n\n".join([_INTRO, table, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    context = click.Context(group, info_name="conformance")
    for name in commands():
        command = group.get_command(context, name)
        if command is not None:
            yield from _command(command, click.Context(command, context, name), "##")


def _command(command: click.Command, context: click.Context, mark: str) -> Iterator[str]:
    """A command, and the commands in it."""
    yield f"{mark} {context.command_path}"
    yield from _paragraphs(cleandoc(command.help or ""))
    rows = [row for parameter in command.get_params(context) for row in _row(parameter)]
    if rows:
        yield "\n".join(["| option | means |", "| --- | --- |", *rows])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, click.Context(inner, context, name), f"{mark}#")


def _paragraphs(text: str) -> Iterator[str]:
    """The help's paragraphs; what it shows as typed becomes a block of shell."""
    for paragraph in text.split("\n\n"):
        if not paragraph.startswith("\b"):
            yield _escaped(" ".join(paragraph.split()))
            continue
        lines = paragraph.split("\n")[1:]
        indented = all(line.startswith("    ") for line in lines)
        shown = cleandoc("\n".join(lines))
        yield f"```sh\n{shown}\n```" if indented else f"```text\n{shown}\n```"


def _row(parameter: click.Parameter) -> Iterator[str]:
    if not isinstance(parameter, click.Option) or parameter.hidden or "--help" in parameter.opts:
        return
    names = ", ".join(parameter.opts)
    names += f" / {', '.join(parameter.secondary_opts)}" if parameter.secondary_opts else ""
    value = "" if parameter.is_flag else f" {_value(parameter)}"
    default = f" Default: {parameter.default}." if parameter.show_default else ""
    told = re.sub(r"\s*\[default: (.*)\]", lambda found: f" Default: {found[1]}.", parameter.help or "")
    yield f"| `{names}{value}` | {_escaped(told)}{default} |"


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar.replace("|", "\\|")
    if isinstance(option.type, click.Choice):
        return "\\|".join(map(str, option.type.choices))
    return "N"


def _escaped(text: str) -> str:
    """Words of a help as Markdown: names in angle brackets, pipes and stars are no markup."""
    return re.sub(r"(?<!`)([|*<>])(?!`)", r"\\\1", text)
