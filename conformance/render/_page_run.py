"""One run for the HTML report: everything that its part of the page shows, as plain values.

Law: reads a Run and its picture, decides nothing. Markup stands in `templates/`; what a peer sent goes through `safe`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ..core.finding import Family, Finding, Run, Verdict
from ..core.identity import ANY, scenario_of, target_of
from ..core.matrix_build import provider_of
from ._details import place_of, reason_of, unlinked
from ._figures import figure
from ._page_timeline import fates_part, timeline_part
from ._rules import rule_of
from ._signs import sign, word_of
from ._text import clip, plural, safe, size, value_of
from ._wire import wire_html

NAMELESS = "not named"
PLACES = 25
"""Places that are shown of one rule in one stream."""
_MESSAGE = 600
_ADDRESS = re.compile(r"\S+:\d+")
_CODE = re.compile(r"`([^`]+)`")
_UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.NOT_RECORDED, Verdict.NOT_APPLICABLE)
_NAMED = 6
"""Rules that are named behind a reason for which they could not be judged."""


def run_part(number: int, label: str, run: Run, opened: bool, whole: bool = True) -> dict[str, Any]:
    """The run of this number (from 1), as `report_run.html` takes it; not `whole`: without what stands below the
    findings."""
    counts = Counter(word_of(finding) for finding in run.findings)
    return {
        "id": f"run-{number}",
        "label": label,
        "source": safe(run.source),
        "verdict": run.verdict.value,
        "sign": sign(run.verdict.value),
        "protocol": run.protocol or "unknown",
        "provider": provider(run),
        "target": target(run),
        "scenario": safe(scenario_of(run) or ""),
        "about": " · ".join(_about(run)),
        "counts": [(word, sign(word), plural(count, word, _many(word))) for word, count in _ordered(counts)],
        "rules": list(dict.fromkeys(finding.rule for finding in run.findings)),
        "says": pieces(_says(run)),
        "reason": reason_of(run) if run.verdict in _UNJUDGED or run.inconclusive else "",
        "opened": opened,
        "timeline": timeline_part(run),
        "groups": list(_groups(number, run)),
        "whole": whole,
        **(_details(run) if whole else {}),
    }


def _details(run: Run) -> dict[str, Any]:
    """What stands below the findings: rules, figures, the request."""
    told = (("Traits", "", _traits(run)), ("Latency", " figures", _latency(run)), ("Cancellation", "", _evidence(run)))
    return {
        "fates": fates_part(run),
        "tally": _tally(run),
        "untold": list(_untold(run)),
        "facts": [(f"{name}: {len(pairs)}{what}", pairs) for name, what, pairs in told if pairs],
        "reproduce": safe(run.reproduce) if run.reproduce else "",
    }


def provider(run: Run) -> str:
    """Who streamed, for people; NAMELESS where nobody says."""
    named = safe(provider_of(run))
    return NAMELESS if named in ("", ".") else named


def target(run: Run) -> str:
    """Who was asked, for people: its name; of an address also who streams there."""
    named, who = safe(target_of(run)), provider(run)
    if named == ANY:
        return who
    return f"{who} ({named})" if _ADDRESS.fullmatch(named) and who not in (NAMELESS, named) else named


def _says(run: Run) -> str:
    """What a row says at once: the first of what fails, or why there is no verdict."""
    if run.verdict in _UNJUDGED:
        return reason_of(run)
    return clip(safe(run.findings[0].message), _MESSAGE) if run.verdict is Verdict.FAIL else ""


def _many(word: str) -> str:
    return word if word in ("known", "new", "waived") else ""


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    order = ("error", "warning", "note", "known", "new", "waived")
    return [(word, counts[word]) for word in order if counts[word]]


def _about(run: Run) -> Iterator[str]:
    """What it is: protocol, who, model, scenario, size, time, day."""
    yield run.protocol or "unknown protocol"
    yield from [who] if (who := provider(run)) != NAMELESS else []
    if run.dialect not in ("strict", provider_of(run)):
        yield f"dialect {safe(run.dialect)}"
    told = (run.model, scenario_of(run))
    yield from (clip(safe(one), 60) for one in told if one)
    yield f"{plural(run.events, 'event')}, {size(run.bytes)}"
    day = str(run.metadata.get("recorded") or "")[:10]
    yield from [safe(day)] if day else []


# Findings


def _groups(number: int, run: Run) -> Iterator[dict[str, Any]]:
    """The findings rule by rule, those that count first; each keeps its number among all findings of the run."""
    numbered = list(enumerate(run.findings, 1))
    first = {finding.rule: place for place, finding in reversed(numbered)}
    numbered.sort(key=lambda pair: (pair[1].excuse is not None, first[pair[1].rule], pair[0]))
    for rule_id, group in groupby(numbered, key=lambda pair: pair[1].rule):
        members = list(group)
        yield {
            "word": word_of(members[0][1]),
            "sign": sign(word_of(members[0][1])),
            "level": members[0][1].level.label,
            "family": members[0][1].family.value,
            **cited(rule_id),
            "places": [place_part(f"run-{number}-finding-{place}", run, one) for place, one in members[:PLACES]],
            "beyond": max(0, len(members) - PLACES),
        }


def cited(rule_id: str) -> dict[str, Any]:
    """A rule's sentence, where it stands, and who breaks; the id alone where this version does not know it."""
    rule = rule_of(rule_id)
    if rule is None:
        return {"rule": rule_id, "title": [(rule_id, True)], "cite": [], "breaks": []}
    return {
        "rule": rule_id,
        "title": pieces(rule.title),
        "cite": [(pieces(unlinked(cite.quote)), cite.url) for cite in rule.cite],
        "breaks": list(rule.breaks),
    }


def pieces(text: str) -> list[tuple[str, bool]]:
    """Text in pieces, each with whether it is code: what stands between backticks."""
    return [(piece, bool(index % 2)) for index, piece in enumerate(_CODE.split(text)) if piece]


def place_part(anchor: str, run: Run, finding: Finding) -> dict[str, Any]:
    """One finding: what, where, and the bytes."""
    wire = run.picture.wire(finding) if run.picture else None
    placed = finding.event is not None or finding.offset is not None
    return {
        "id": anchor,
        "word": word_of(finding),
        "message": pieces(clip(safe(finding.message), _MESSAGE)),
        "count": finding.count,
        "where": place_of(finding) or "the stream as a whole",
        "pointer": safe(finding.pointer or ""),
        "because": safe(finding.because) if finding.because else "",
        "wire": wire_html(wire) if wire else "",
        "blind": placed and wire is None,
    }


# What else there is


def family_of(rule_id: str, findings: Sequence[Finding] = ()) -> Family | None:
    """The family of a rule, by its findings where this version does not know it."""
    rule = rule_of(rule_id)
    return rule.family if rule else findings[0].family if findings else None


def _tally(run: Run) -> list[tuple[str, str, int]]:
    """How many rules came to which verdict: word, sign, number."""
    counts = Counter(outcome.verdict for outcome in run.outcomes)
    return [(verdict.value, sign(verdict.value), counts[verdict]) for verdict in Verdict if counts[verdict]]


def _untold(run: Run) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Why rules could not be judged: word, sign, and the rules behind each reason."""
    for verdict in _UNJUDGED:
        reasons: dict[str, list[str]] = {}
        for outcome in run.outcomes:
            if outcome.verdict is verdict:
                reasons.setdefault(str(outcome.reason).removeprefix("not recorded: "), []).append(outcome.rule)
        ranked = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
        if ranked:
            yield verdict.value, sign(verdict.value), [(safe(reason), _named(rules)) for reason, rules in ranked]


def _named(rules: Sequence[str]) -> str:
    beyond = len(rules) - _NAMED
    return ", ".join(rules[:_NAMED]) + (f" and {beyond:,} more" if beyond > 0 else "")


def _traits(run: Run) -> list[tuple[str, str]]:
    return [(safe(name), clip(safe(value_of(value)), 120)) for name, value in run.traits.items()]


def _latency(run: Run) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), figure(name, value)) for name, value in run.latency.items() if value is not None]


def _evidence(run: Run) -> list[tuple[str, str]]:
    """What is known of a cancellation: who saw what, and when."""
    return [
        (safe(name.replace("_", " ")), clip(safe(value_of(value)), 120)) for name, value in run.cancellation.items()
    ]
