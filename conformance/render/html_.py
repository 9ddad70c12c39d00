"""The report as one HTML page that needs nothing else: no network, and no script for reading it.

Law: markup stands in `templates/`, what it is given in `_page_front`, `_page_matrix` and `_page_run`. The same report
gives the same page, byte for byte. What a peer sent is escaped, and its invisible characters are seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.finding import JUDGED, Family, Level, Report, Run, Verdict
from ..core.identity import scenario_of
from ._page_cancel import cancelled
from ._page_front import broken, findings_words, headline, scope, signs, tally, unjudged
from ._page_matrix import matrix_part
from ._page_run import provider, run_part, target
from ._page_trend import trend_parts
from ._summary import labels
from ._template import filled
from ._text import safe

TEMPLATE = "report.html"
TRENDS = True
"""This form shows how targets went so far."""
PICTURES = True
"""This form shows pictures of the recordings (`core.picture`)."""
FEW = 3
"""Up to so many streams stand open."""
WHOLE = 300
"""Streams that show their rules, figures and request: a page must open on a phone, too."""


def render(report: Report) -> str:
    """The page."""
    return filled(TEMPLATE, _page(report))


def _page(report: Report) -> dict[str, Any]:
    named = list(zip(labels(report.runs), report.runs, strict=True))
    title, verdict = headline(report)
    return {
        "headline": title,
        "verdict": verdict,
        "scope": scope(report),
        "tool": " ".join(report.tool.values()),
        "ruleset": report.ruleset,
        "tally": tally(report),
        "found": findings_words(report),
        "broken": broken(named) if len(report.runs) > 1 else [],
        "left": cancelled(report),
        "matrix": matrix_part(report.runs),
        "runs": [
            run_part(number, label, run, _open(report, run), place <= WHOLE)
            for place, (number, label, run) in enumerate(_telling_first(named), 1)
        ],
        "whole": WHOLE if len(report.runs) > WHOLE else 0,
        "unjudged": unjudged(report, named),
        "trends": trend_parts(report.trends),
        "signs": signs(),
        "choices": _choices(report),
    }


def _telling_first(named: Sequence[tuple[str, Run]]) -> list[tuple[int, str, Run]]:
    """The runs, each with its number in the report, which names it in links: what fails, what has no verdict, what has
    findings, and the rest."""
    numbered = [(number, label, run) for number, (label, run) in enumerate(named, 1)]
    return sorted(numbered, key=lambda one: _rank(one[2]))


def _rank(run: Run) -> int:
    if run.verdict is Verdict.FAIL:
        return 0
    return 1 if run.verdict not in JUDGED else 2 if run.findings else 3


def _open(report: Report, run: Run) -> bool:
    return len(report.runs) == 1 or (len(report.runs) <= FEW and run.worst() is not None)


def _choices(report: Report) -> list[tuple[str, list[str]]]:
    """What the filters offer: name, values."""
    runs, found = report.runs, [finding for run in report.runs for finding in run.findings]
    families = {finding.family for finding in found}
    return [
        ("verdict", [one.value for one in Verdict if any(run.verdict is one for run in runs)]),
        ("level", [level.label for level in reversed(Level) if any(one.level is level for one in found)]),
        ("family", [family.value for family in Family if family in families]),
        ("rule", sorted({finding.rule for finding in found})),
        ("protocol", sorted({run.protocol or "unknown" for run in runs})),
        ("provider", [] if all(map(scenario_of, runs)) else sorted({provider(run) for run in runs})),
        ("target", sorted({target(run) for run in runs if scenario_of(run)})),
        ("scenario", sorted({safe(name) for run in runs if (name := scenario_of(run))})),
    ]
