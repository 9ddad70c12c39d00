"""List the targets that have a name, and test whether they answer.

Law: a thin command: what is declared stands in `targets`, asking in `edge.probe`. Nothing is sent without --check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ..errors import ConformanceError
from ..targets import BUILTIN, Asking, declared, opened_all, ready
from .asking import asking, terminated_as_interrupted

if TYPE_CHECKING:
    from ..edge.probe import Probe
    from ..edge.targets import Declared

_SHOWN = 2
"""Protocols that a line names."""


@click.command()
@click.argument("names", nargs=-1, metavar="[TARGET]...")
@click.option("--check", is_flag=True, help="Ask each for its list of models, or for one word where it has none.")
@asking
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], check: bool, asking: Asking) -> None:
    """List the targets that have a name, and test whether they answer.

    Yours are declared in targets.toml in the working folder, under [tool.conformance.targets] in pyproject.toml, or in
    targets.toml in your configuration folder (~/.config/conformance); the providers come along with their dialects.
    Without --check nothing is sent. With it, those that you name are asked, or all that you declared.

    \b
        conformance targets
        conformance targets --check
        conformance targets --check openai my-gateway http://127.0.0.1:8000/v1

    \b
        [targets.my-gateway]
        url = "https://gateway.example/v1"
        protocols = ["openai-chat", "anthropic-messages"]
        models = ["gpt-4o-mini"]
        key_env = "MY_GATEWAY_KEY"
        dialect = "openrouter"
        version = "2.1"
        headers = { X-Team = "${TEAM}" }
        skip = { reasoning = "its models do not think" }
        limits = { timeout = 60, concurrency = 2, requests = 100, tokens = 50000 }

    Exit code 3: one that was tested did not answer, or refused its key.
    """
    mine = declared()
    if not check:
        click.echo("\n".join(_listing(_asked_for(names, mine))))
        return
    with terminated_as_interrupted():
        answers = [_tested(name, asking) for name in names or [BUILTIN, *mine]]
    ctx.exit(0 if all(answers) else 3)


def _asked_for(names: Sequence[str], mine: dict[str, Declared]) -> list[Declared]:
    """The targets of these names, or all. Raises UsageError with the nearest names."""
    from ..suite import named

    known = {**mine, **{name: one for name, one in ready().items() if name not in mine}}
    return [named(name, known, "target") for name in names] if names else list(known.values())


def _listing(targets: Sequence[Declared]) -> Iterator[str]:
    from tabulate import tabulate

    heads = [click.style(name, dim=True) for name in ("target", "protocols", "model", "key", "from")]
    text: str = tabulate([heads, *map(_row, targets)], tablefmt="plain", disable_numparse=True)
    yield from (line.rstrip() for line in text.splitlines())


def _row(one: Declared) -> list[str]:
    from .. import catalogue

    dialect = catalogue.dialect(one.dialect) if one.dialect else None
    protocols = one.protocols or tuple(dialect.endpoints if dialect else ())
    beyond = f" +{len(protocols) - _SHOWN}" if len(protocols) > _SHOWN else ""
    models = [*one.models, *(model for of in (dialect.models.values() if dialect else ()) for model in of)]
    variable = one.key_env or (dialect.key_env if dialect and one.url is None else None)
    return [one.name, ", ".join(protocols[:_SHOWN]) + beyond, models[0] if models else "", _key(variable), one.source]


def _key(variable: str | None) -> str:
    if variable is None:
        return "none"
    there = bool(os.environ.get(variable, "").strip())
    return click.style(f"{variable} is set", fg="green") if there else f"{variable} is missing"


def _tested(name: str, asking: Asking) -> bool:
    """Asks one target, in its first protocol, and prints what came of it."""
    from ..edge.probe import probe

    try:
        with opened_all([name], asking, alone=True) as ((target, *_),):
            found = probe(target, asking.options(target.limits))
    except ConformanceError as error:
        click.echo(f"{click.style('failed', fg='red')}  {name}: {error}")
        return False
    click.echo(f"{_word(found)}  {name}: {found.told}")
    return found.fine


def _word(found: Probe) -> str:
    return click.style("answers", fg="green") if found.fine else click.style("refuses", fg="yellow")
