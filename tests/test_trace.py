"""Every numbered statement is tested by something, or stands there with the reason why nothing does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance import catalogue

STATEMENTS = catalogue.statements()
TRACE = catalogue.trace()
FACTS = Path(__file__).parents[1] / ".." / "shared" / "facts" / "protocols.md"

RECONSIDERED = {
    "C20": "recorded providers send the last text beside the finish reason, and no document forbids it",
    "R02": "disputed: Open Responses demands [DONE], OpenAI never sends it; either is taken",
}
"""Statements whose level differs from the catalogue of facts, and why."""

LEVELS = ("MUST", "SHOULD", "MAY", "OBSERVED", "CLAIM")
"""CLAIM: a sentence of a gateway's own page."""
_STATEMENT = re.compile(r"\*\*([SCMRGTXABDEF]\d\d[a-z]?)\b([^*]*)\*\*")
_LEVEL = re.compile("|".join(LEVELS[:-1]))


def facts() -> dict[str, str | None]:
    """Id -> level of the statements that are written down outside the project; None where it names none."""
    found: dict[str, str | None] = {}
    for name, rest in _STATEMENT.findall(FACTS.read_text(encoding="utf-8")):
        level = _LEVEL.match(rest.strip())
        found.setdefault(name, level[0] if level else None)
    return found


def test_every_statement_is_tested_or_says_why_not() -> None:
    silent = [name for name, one in STATEMENTS.items() if not TRACE.get(name) and not one.untested]
    assert silent == [], "name them in a rule's or trait's `statements`, or give `untested` in their statements.toml"


def test_no_statement_is_both_tested_and_excused() -> None:
    both = {name: TRACE[name] for name, one in STATEMENTS.items() if one.untested and TRACE.get(name)}
    assert both == {}, "take `untested` out of their statements.toml"


def test_every_statement_that_is_named_is_registered() -> None:
    missing = {name: named for name, named in TRACE.items() if name not in STATEMENTS}
    assert missing == {}, "write them into the statements.toml beside the rule, or correct the id"


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_a_cited_sentence_with_a_level(name: str) -> None:
    one = STATEMENTS[name]
    assert re.fullmatch(r"[A-Z]\d\d[a-z]?", name)
    assert one.level in LEVELS
    assert one.says.endswith(".") and len(one.says.split()) >= 3
    assert one.source
    assert one.untested is None or len(one.untested.split()) >= 4, "say why"


def test_statements_stand_in_one_file_only() -> None:
    """A second file would silently replace what the first says."""
    seen: dict[str, str] = {}
    for path in sorted(catalogue.PACKAGE.glob("*/**/statements.toml")):
        for name in re.findall(r"^\[([^\]]+)\]", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert name not in seen, f"{name} stands in {seen[name]} and {path}"
            seen[name] = str(path)
    assert set(seen) == set(STATEMENTS)


@pytest.mark.corpus
def test_every_statement_of_the_catalogue_of_facts_is_registered() -> None:
    if not FACTS.exists():
        pytest.skip("../shared/facts/protocols.md is not there")
    known = facts()
    assert len(known) > 100, "the catalogue of facts reads otherwise than expected"
    missing = [name for name in known if name not in STATEMENTS]
    assert missing == []
    wrong = {name: (STATEMENTS[name].level, level) for name, level in known.items() if level}
    differing = {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}
    assert set(differing) == set(RECONSIDERED), f"correct the level, or say why it differs: {differing}"
