"""Writes the pages that are made from the code: `python -m conformance.docs`, in a checkout of the repository.

    docs/rules/README.md, docs/rules/<room>/<rule>.md      every rule, from its docstring and its examples
    docs/commands.md                                       every command, from its --help
    conformance/faults/README.md                           every known bug, and the faults that play it
    conformance/protocols/<protocol>/README.md             kinds, grammar, rules, traits, statements of one API

Law: pages are generated, never edited; a test compares them with what this file makes now.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path

from . import catalogue, library, museum, pipeline
from .catalogue import RuleEntry
from .core.dialect import STRICT, Dialect
from .core.example import Example
from .core.finding import Finding
from .core.rule import Rule
from .render import _page
from .render._page import Shown

NOTICE = "<!-- Made by `python -m conformance.docs`. Edit the code, not this page. -->\n\n"


def shown(entry: RuleEntry, examples: Iterable[Example]) -> Iterator[Shown]:
    """The examples of a rule with what it and its companions find in them."""
    return (Shown(example, _findings(entry.rule, example)) for example in examples)


def _findings(rule: Rule, example: Example) -> list[Finding]:
    """What a rule, and the companions that the example names, find in it; under the DIALECT beside the rule's check."""
    recording = library.sided(example.recording())
    room = rule.id.partition("/")[0]
    protocol = library.protocol_of(recording, room if room in catalogue.protocols() else None)
    rules = [one for one in catalogue.rules_of(protocol.name) if one.id == rule.id or one.id in example.also]
    speaking: Dialect = getattr(sys.modules[rule.module], "DIALECT", STRICT)
    return pipeline.check(recording, protocol, rules, speaking).findings


def room_title(room: str) -> str:
    """What the first part of a rule's id stands for."""
    if room in catalogue.protocols():
        return catalogue.protocol(room).title
    page = import_module(f"conformance.rules.{room.replace('-', '_')}").__doc__ or ""
    return page.strip().partition("\n")[0].rstrip(".")


def pages() -> dict[str, str]:
    """Path in the repository -> text, of every generated page."""
    entries = catalogue.rules()
    found = {f"docs/rules/{name}.md": NOTICE + _rule_page(entry) for name, entry in entries.items()}
    found["docs/rules/README.md"] = NOTICE + _index([entry.rule for entry in entries.values()])
    found["docs/commands.md"] = NOTICE + _commands()
    found["conformance/faults/README.md"] = NOTICE + _museum()
    for name in catalogue.protocols():
        found[f"conformance/protocols/{name.replace('-', '_')}/README.md"] = NOTICE + _protocol(name)
    return found


def _rule_page(entry: RuleEntry) -> str:
    return _page.markdown(entry.rule, shown(entry, entry.good), shown(entry, entry.bad))


def _index(rules: list[Rule]) -> str:
    from .render import _protocol_page

    parts = ["# Rules", f"Ruleset {catalogue.RULESET}: {len(rules)} rules. One rule, one sentence, one page."]
    for room, members in groupby(rules, key=lambda rule: rule.id.partition("/")[0]):
        parts.append(f"## {room}\n\n{room_title(room)}.")
        parts.append(_protocol_page.rule_table(list(members), ""))
    return "\n\n".join(parts) + "\n"


def _commands() -> str:
    from . import reference

    return reference.markdown()


def _museum() -> str:
    from .render import _museum_page

    return _museum_page.markdown(museum.bugs().values(), museum.faults().values())


def _protocol(name: str) -> str:
    from .render import _protocol_page

    protocol = catalogue.protocol(name)
    rules = [rule for rule in catalogue.rules_of(name) if rule.id.startswith(f"{name}/")]
    file = catalogue.PACKAGE / "protocols" / name.replace("-", "_") / "statements.toml"
    own = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    statements = {key: catalogue.statements()[key] for key in own}
    return _protocol_page.markdown(protocol, rules, statements, catalogue.trace())


def write(root: Path) -> list[str]:
    """Writes what has changed, removes pages of rules that are gone, and returns the paths."""
    wanted = pages()
    changed = []
    for path in (root / "docs" / "rules").rglob("*.md"):
        if path.relative_to(root).as_posix() not in wanted:
            path.unlink()
            changed.append(path.relative_to(root).as_posix())
    for name, text in wanted.items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(name)
    return changed


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in write(catalogue.PACKAGE.parent)))
