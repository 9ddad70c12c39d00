"""All rules of the product at once: each finds its bad stream, keeps quiet on its good one, and has its page.

A rule is shown its examples as the product would judge them: the protocol is the one of its folder, or, for a rule of
no single API, the one that the exchange shows; the dialect is strict, or the DIALECT beside the rule's check.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import Any

import pytest

from conformance import catalogue, library
from conformance.core.dialect import STRICT, Dialect
from conformance.core.example import Example
from conformance.core.finding import Family, Level, Run, Verdict
from conformance.core.rule import Rule

RULES = catalogue.rules()
PROTOCOLS = catalogue.protocols()


def dialect_of(rule: Rule) -> Dialect:
    """The dialect under which a rule's examples are judged."""
    found = getattr(sys.modules[rule.module], "DIALECT", STRICT)
    assert isinstance(found, Dialect)
    return found


def judged(rule: Rule, example: Example) -> Run:
    """The example, judged by all rules of its protocol."""
    owner = rule.id.partition("/")[0]
    return library.check(example.recording(), owner if owner in PROTOCOLS else None, dialect_of(rule))


def faults(run: Run) -> dict[str, list[str]]:
    """Rule id -> what it found."""
    found: dict[str, list[str]] = {}
    for finding in run.findings:
        found.setdefault(finding.rule, []).append(finding.message)
    return found


def verdict(run: Run, rule: Rule) -> Verdict:
    """What became of one rule."""
    return next(outcome.verdict for outcome in run.outcomes if outcome.rule == rule.id)


def examples(which: str) -> list[Any]:
    """Every example of one kind, as pytest parameters."""
    return [
        pytest.param(entry.rule, example, id=f"{name}-{number}")
        for name, entry in RULES.items()
        for number, example in enumerate(getattr(entry, which))
    ]


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_a_good_stream_breaks_no_rule(rule: Rule, example: Example) -> None:
    run = judged(rule, example)
    assert faults(run) == {}


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_a_bad_stream_breaks_its_rule_and_no_other(rule: Rule, example: Example) -> None:
    run = judged(rule, example)
    found = faults(run)
    assert found.get(rule.id), f"{rule.id} did not find its fault; what was found: {found}"
    others = set(found) - {rule.id}
    assert others == set(example.also), f"a companion must be named in `also`, and must occur: {found}"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_passes_one_of_its_good_streams(name: str) -> None:
    """A rule that never applies to what it calls good would say nothing by its silence."""
    entry = RULES[name]
    verdicts = Counter(verdict(judged(entry.rule, example), entry.rule) for example in entry.good)
    assert verdicts[Verdict.PASS], f"the good examples come out as {dict(verdicts)}"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_page(name: str) -> None:
    rule = RULES[name].rule
    title, _, body = rule.page.strip().partition("\n\n")
    assert "\n" not in title and title.endswith("."), "the first line is the title, and a sentence"
    assert len(body.split()) >= 5, "the page says why it matters"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_cites_its_source(name: str) -> None:
    rule = RULES[name].rule
    assert rule.cite
    for cite in rule.cite:
        assert re.match(r"https?://[^/]+/", cite.url + "/"), cite
        assert len(cite.quote.strip()) >= 5, "a quote is words of the source"
    for breaks in rule.breaks:
        assert breaks.client and re.match(r"https?://", breaks.url), breaks


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_how_bad_and_about_what(name: str) -> None:
    rule = RULES[name].rule
    assert isinstance(rule.level, Level) and isinstance(rule.family, Family)
    assert re.fullmatch(r"20\d\d\.\d\d", rule.since) and rule.since <= catalogue.RULESET


def test_ids_are_unique_and_name_their_place() -> None:
    packages = [f"protocols.{path}" for path in (name.replace("-", "_") for name in PROTOCOLS)]
    everything = [rule for name in PROTOCOLS for rule in catalogue.rules_of(name)]
    counts = Counter(rule.id for rule in set(everything))
    assert [name for name, count in counts.items() if count > 1] == []
    assert set(counts) == set(RULES)
    for name, entry in RULES.items():
        folder, _, short = name.partition("/")
        home = f"protocols.{folder.replace('-', '_')}.rules" if folder in PROTOCOLS else f"rules.{folder}"
        assert entry.rule.module == f"conformance.{home}.{short.replace('-', '_')}"
    assert packages


def test_every_shared_rule_judges_every_protocol() -> None:
    shared = {rule.id for rule in catalogue.shared_rules()}
    assert shared
    for name in (*PROTOCOLS, "unknown"):
        assert shared <= {rule.id for rule in catalogue.rules_of(name)}


def test_statements_that_rules_name_are_registered() -> None:
    known = catalogue.statements()
    unknown = {name: set(entry.rule.statements) - set(known) for name, entry in RULES.items()}
    assert {name: sorted(names) for name, names in unknown.items() if names} == {}
