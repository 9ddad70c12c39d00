"""The report as JSON, for machines: the contract of `schemas/report.json`.

Law: the keys and their order are published; a key is added at the end or not at all, and none is left out.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from ..core.finding import Finding, Level, Report, Run, Verdict

REPORT_VERSION = 1


def render(report: Report) -> str:
    """The report as indented JSON with a final newline."""
    return orjson.dumps(as_data(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain values, in the published order."""
    return {
        "report": REPORT_VERSION,
        "tool": dict(report.tool),
        "ruleset": report.ruleset,
        "runs": [run_data(run) for run in report.runs],
        "summary": _summary(report),
    }


def run_data(run: Run) -> dict[str, Any]:
    """One run as plain values."""
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
    }


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
    }


def _summary(report: Report) -> dict[str, Any]:
    verdicts = report.verdicts()
    standing = [finding for run in report.runs for finding in run.findings if finding.waived is None]
    levels = Counter(finding.level for finding in standing)
    broken = Counter(rule for run in report.runs for rule in {f.rule for f in run.findings if f.waived is None})
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
    }
