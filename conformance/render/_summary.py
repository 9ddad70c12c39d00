"""A report in one line, and short names for its runs: words that every form shares.

Law: no form is known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from os.path import commonpath

from ..core.finding import JUDGED, Level, Report, Run, Verdict
from ._text import Paint, listed, plain, plural, safe

EXCUSES = ("known", "new", "waived")
"""Why findings do not count."""
_TOLD = [(verdict, verdict.value) for verdict in (*JUDGED, Verdict.INCONCLUSIVE)]
"""What the summary counts by name."""


def summary(report: Report, paint: Paint = plain) -> str:
    """One line: how many streams, what became of them, how many findings."""
    verdicts = Counter(run.verdict for run in report.runs)
    told = [paint(f"{verdicts[verdict]:,} {word}", verdict.value) for verdict, word in _TOLD if verdicts[verdict]]
    untold = sum(count for verdict, count in verdicts.items() if verdict not in dict(_TOLD))
    told += [f"{untold:,} without verdict"] if untold else []
    told += [paint(f"{len(report.failures):,} not judged", "error")] if report.failures else []
    if not report.runs:
        return f"Nothing was checked{': ' + told[0] if told else ''}."
    streams = plural(len(report.runs), "stream")
    return f"{streams}: {listed(told)}. {_levels(report, paint)}{_outdated(report, paint)}".rstrip()


def _outdated(report: Report, paint: Paint) -> str:
    count = len(report.baseline.stale) if report.baseline is not None else 0
    return " " + paint(f"{plural(count, 'stale entry', 'stale entries')} in the baseline.", "error") if count else ""


def _levels(report: Report, paint: Paint) -> str:
    standing = [f for run in report.runs for f in run.findings]
    counts = Counter(f.excuse or f.level.label for f in standing)
    words = [*((level.label, "") for level in reversed(Level)), *((word, word) for word in EXCUSES)]
    told = [paint(plural(counts[name], name, many), name) for name, many in words if counts[name]]
    judged = any(run.verdict in JUDGED for run in report.runs)
    return ", ".join(told) + "." if told else "No findings." if judged else ""


def labels(runs: Sequence[Run]) -> list[str]:
    """A short name for each run: its path without what all share, and the interaction where there are several."""
    sources = [run.source for run in runs]
    several = {source for source, count in Counter(sources).items() if count > 1}
    try:
        common = commonpath(sources) if len(set(sources)) > 1 else ""
    except ValueError:  # other drives, or absolute and relative
        common = ""
    cut = len(common) + 1 if common else 0
    return [safe(run.source[cut:] + (f" #{run.interaction}" if run.source in several else "")) for run in runs]
