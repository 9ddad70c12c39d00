"""The report as badge JSON: what a badge of shields.io shows, in its endpoint form.

Law: one line of words and a colour by the report's verdict, never by a count alone: "we could not tell" is grey, and is
not green. The form: https://shields.io/badges/endpoint-badge
"""

from __future__ import annotations

from collections import Counter

import orjson

from ..core.finding import Level, Report
from ._text import plural

LABEL = "stream conformance"
_FAILS, _DOUBTS, _HOLDS, _UNTOLD = "red", "yellow", "brightgreen", "lightgrey"


def render(report: Report) -> str:
    """The JSON object with a final newline."""
    message, colour = _said(report)
    data = {"schemaVersion": 1, "label": LABEL, "message": message, "color": colour, "isError": colour == _FAILS}
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _said(report: Report) -> tuple[str, str]:
    standing = Counter(one.level for run in report.runs for one in run.findings if one.excuse is None)
    worst = max(standing, default=None)
    code = report.exit_code(report.fail_on) if report.fail_on is not None else 0
    streams = plural(len(report.runs), "stream")
    if code == 1 and worst is not None and report.fail_on is not None and worst >= report.fail_on:
        return _counted(standing, report.fail_on), _FAILS
    if code == 1:
        return "stale baseline", _FAILS
    if code == 3 or not report.judged:
        return "no verdict" if not report.judged else f"{len(report.failures):,} not judged", _UNTOLD
    if worst is not None and worst > Level.NOTE:
        return _counted(standing, Level.WARNING), _DOUBTS
    return f"{streams} conform" if len(report.runs) > 1 else "conforms", _HOLDS


def _counted(standing: Counter[Level], least: Level) -> str:
    """`3 errors, 1 warning`."""
    told = [level for level in reversed(Level) if level >= least and standing[level]]
    return ", ".join(plural(standing[level], level.label) for level in told)
