"""Show the rules: what is checked, by which sentence, who breaks.

Law: a thin command. The catalogue knows the rules, render/ words them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..catalogue import RuleEntry


@click.command()
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--protocol", metavar="NAME", help="Only the rules that judge this protocol.")
@click.option("--trace", is_flag=True, help="Every numbered statement, and what tests it.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for machines.")
def command(rule_id: str | None, protocol: str | None, trace: bool, as_json: bool) -> None:
    """Show the rules: what is checked, by which sentence, who breaks.

    ID is a rule (openai-chat/id-changes), its last part, or a pattern ('sse/*').

    \b
        conformance rules
        conformance rules openai-chat/id-changes
        conformance rules --trace
    """
    from ..render._text import ansi
    from .output import columns

    if trace:
        from ..render._trace import trace_data, trace_lines

        statements, named = _traced()
        _print(trace_data(statements, named) if as_json else trace_lines(statements, named, columns(), ansi))
        return
    entries = _picked(rule_id, protocol)
    if as_json:
        from ..render._rule_list import rule_data

        _print([rule_data(entry.rule) for entry in entries])
    elif rule_id and len(entries) == 1:
        from ..docs import shown
        from ..render._page import terminal

        entry = entries[0]
        _print(terminal(entry.rule, shown(entry, entry.good), shown(entry, entry.bad), columns(), ansi))
    else:
        from ..docs import room_title
        from ..render._rule_list import rule_list

        _print(rule_list([entry.rule for entry in entries], room_title, columns(), ansi))


def _traced() -> tuple[Any, Any]:
    from .. import catalogue

    return catalogue.statements(), catalogue.trace()


def _picked(rule_id: str | None, protocol: str | None) -> list[RuleEntry]:
    """The rules asked for. Raises UsageError with the nearest ids where there is none."""
    from fnmatch import fnmatchcase

    from .. import catalogue

    entries = catalogue.rules()
    if protocol is not None:
        wanted = {rule.id for rule in catalogue.rules_of(catalogue.protocol(protocol).name)}
        entries = {name: entry for name, entry in entries.items() if name in wanted}
    if rule_id is None or rule_id in entries:
        return list(entries.values()) if rule_id is None else [entries[rule_id]]
    found = [entry for name, entry in entries.items() if fnmatchcase(name, rule_id) or name.endswith(f"/{rule_id}")]
    return found or [catalogue.rule(rule_id)]


def _print(what: Any) -> None:
    """Lines as they are; anything else as JSON."""
    if isinstance(what, list | dict):
        import orjson

        from .files import write

        write("-", orjson.dumps(what, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
        return
    for line in what:
        click.echo(line)
