"""The report as JSON, for machines: the contract of `schemas/report.json`.

Law: the keys and their order are published; a key is added at the end or not at all, and none is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from ..core.baseline import BaselineCheck, Entry
from ..core.finding import LETTERS, NOT_JUDGED, Finding, Level, Report, Run, Verdict
from ._cancellations import data as cancellations
from ._rules import rule_of
from ._text import safe

REPORT_VERSION = 1
_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
_PLAIN = 2**53
"""Beyond this, JSON readers disagree about whole numbers."""


def render(report: Report) -> str:
    """The report as indented JSON with a final newline."""
    return orjson.dumps(as_data(report), option=_OPTIONS).decode()


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain values, in the published order."""
    rules = rules_of(report.runs)
    return {
        "report": REPORT_VERSION,
        "tool": dict(report.tool),
        "ruleset": report.ruleset,
        "runs": [run_data(run, rules) for run in report.runs],
        "summary": _summary(report),
        "rules": [rule_data(rule) for rule in rules],
        "cancellations": cancellations(report),
    }


def run_data(run: Run, rules: Sequence[str]) -> dict[str, Any]:
    """One run as plain values; `rules` are those of the report, in their order."""
    return {
        "source": run.source,
        "interaction": run.interaction,
        "protocol": run.protocol,
        "dialect": run.dialect,
        "model": run.model,
        "verdict": run.verdict.value,
        "counts": {verdict.value: run.counts.get(verdict.value, 0) for verdict in Verdict},
        "findings": [finding_data(finding) for finding in run.findings],
        "traits": dict(run.traits),
        "latency": dict(run.latency),
        "reproduce": run.reproduce,
        "scenario": _scenario(run),
        "inconclusive": run.inconclusive,
        "events": run.events,
        "bytes": run.bytes,
        "missing": list(run.missing),
        "metadata": _plain(run.metadata),
        "outcomes": _outcomes(run, rules),
    }


def _plain(value: object) -> Any:
    """What a cassette says of itself, as JSON can say it: anyone may have written it, in any type."""
    if isinstance(value, Mapping):
        return {safe(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    small = isinstance(value, int | float) and abs(value) < _PLAIN
    kept = value is None or small
    return value if kept else safe(value.isoformat() if isinstance(value, date) else str(value))


def _outcomes(run: Run, rules: Sequence[str]) -> str:
    """A letter for each rule: a report of many runs would else be thrice as long."""
    letters = {outcome.rule: LETTERS[outcome.verdict] for outcome in run.outcomes}
    return "".join(letters.get(rule, NOT_JUDGED) for rule in rules)


def rules_of(runs: Sequence[Run]) -> list[str]:
    """The rules that judged any of the runs, each once."""
    return list(dict.fromkeys(outcome.rule for run in runs for outcome in run.outcomes))


def rule_data(rule_id: str) -> dict[str, Any]:
    """One rule; of a rule that this version does not know, the id alone."""
    rule = rule_of(rule_id)
    if rule is None:
        return {"id": rule_id, "level": None, "family": None, "title": None, "url": None}
    url = rule.cite[0].url
    return {"id": rule_id, "level": rule.level.label, "family": rule.family.value, "title": rule.title, "url": url}


def _scenario(run: Run) -> str | None:
    """The scenario that the request belongs to, as the recording's metadata name it."""
    name = run.metadata.get("scenario")
    return name if isinstance(name, str) else None


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding as plain values."""
    return {
        "rule": finding.rule,
        "level": finding.level.label,
        "family": finding.family.value,
        "message": finding.message,
        "event": finding.event,
        "offset": finding.offset,
        "pointer": finding.pointer,
        "at": finding.at,
        "waived": finding.waived,
        "count": finding.count,
        "known": finding.known,
        "newer": finding.newer,
    }


def _summary(report: Report) -> dict[str, Any]:
    verdicts = report.verdicts()
    standing = [finding for run in report.runs for finding in run.findings if finding.excuse is None]
    levels = Counter(finding.level for finding in standing)
    broken = Counter(rule for run in report.runs for rule in {f.rule for f in run.findings if f.excuse is None})
    return {
        "runs": len(report.runs),
        "verdicts": {verdict.value: verdicts.get(verdict.value, 0) for verdict in Verdict},
        "findings": {level.label: levels.get(level, 0) for level in reversed(Level)},
        "rules": dict(sorted(broken.items())),
        "failures": [{"source": failure.source, "message": failure.message} for failure in report.failures],
        "stale": [
            {"dialect": stale.dialect, "rule": stale.rule, "because": stale.because, "runs": stale.runs}
            for stale in report.stale
        ],
        "baseline": _baseline(report.baseline) if report.baseline is not None else None,
    }


def _baseline(check: BaselineCheck) -> dict[str, Any]:
    groups = {"seen": check.seen, "stale": check.stale, "unseen": check.unseen}
    return {"source": check.source, **{name: [entry_data(one) for one in found] for name, found in groups.items()}}


def entry_data(entry: Entry) -> dict[str, Any]:
    """One entry of a baseline as plain values."""
    return {name: getattr(entry, name) for name in ("rule", "target", "scenario", "protocol", "reason", "date")}
