"""A protocol's page as Markdown: kinds, grammar, rules, traits, statements.

Law: made from the protocol's own tables; nothing is said here that is not said there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.protocol import Protocol
from ..core.rule import Rule
from ._markdown import table, trusted
from ._trace import Statement, totals


def markdown(
    protocol: Protocol[Any],
    rules: Sequence[Rule],
    statements: Mapping[str, Statement],
    named: Mapping[str, Sequence[str]],
) -> str:
    """The page. `named` maps a statement to what tests it."""
    parts = [f"# {protocol.title}", f"`{protocol.name}`, documented at <{protocol.docs}>.", "## Event kinds"]
    kinds = sorted(protocol.schemas.kinds)
    parts.append(
        ", ".join(f"`{kind}`" for kind in kinds) + f": shapes in `schemas/{protocol.name}/`." if kinds else "None."
    )
    if protocol.grammars:
        parts.append("## Order")
    for grammar in protocol.grammars:
        ends = ", ".join(f"`{state}`" for state in grammar.table if state in grammar.accept)
        parts.append(f"`{grammar.name}`: a complete stream ends in {ends}.\n\n```mermaid\n{grammar.mermaid()}\n```")
    parts += ["## Rules", rule_table(rules, f"../../../docs/rules/{protocol.name}/")]
    own = [trait for trait in protocol.traits if f"protocols.{protocol.name.replace('-', '_')}" in trait.module]
    if own:
        rows = [(f"`{trait.name}`", trusted(trait.doc), ", ".join(trait.statements)) for trait in own]
        parts += ["## Traits", table(("trait", "meaning", "statements"), rows)]
    if statements:
        mine = {name: named.get(name, ()) for name in statements}
        lines = [(name, item.level, trusted(item.says), _tested(item, mine[name])) for name, item in statements.items()]
        parts += ["## Statements", totals(statements, mine), table(("id", "level", "says", "tested by"), lines)]
    return "\n\n".join(parts) + "\n"


def rule_table(rules: Sequence[Rule], base: str) -> str:
    """Rules as a table of links; `base` leads to their pages."""
    rows = [
        (
            f"[{rule.name}]({base or rule.id.partition('/')[0] + '/'}{rule.name}.md)",
            rule.level.label,
            rule.family.value,
            trusted(rule.title),
        )
        for rule in rules
    ]
    return table(("rule", "level", "family", "fault"), rows)


def _tested(statement: Statement, by: Sequence[str]) -> str:
    return (
        trusted(", ".join(by)) if by else f"not tested: {trusted(statement.untested)}" if statement.untested else "open"
    )
