"""The report as a comment for a pull request: short Markdown, the details folded away.

Law: it fits. A comment of GitHub holds 65,536 characters; parts are added, worst first, while they fit, and what was
left out is counted. The first line is a mark by which an action finds its own comment again, to replace it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.finding import JUDGED, Finding, Level, Report, Run
from ._baseline import next_step, remarks, stale_words, together
from ._details import place_of, reason_of
from ._markdown import cell, code, folded, table, trusted
from ._rules import rule_of
from ._summary import labels, summary
from ._text import plural

MAX_CHARACTERS = 60_000
"""Below GitHub's 65,536, with room for what a workflow adds."""
MARK = "<!-- llm-stream-conformance -->"
PLACES = 10
"""Places that are listed for one rule."""
_SIGNS = {Level.ERROR: "🔴", Level.WARNING: "🟡", Level.NOTE: "🔵"}

Places = Sequence[tuple[str, Finding]]


def render(report: Report) -> str:
    """The comment."""
    text = f"{MARK}\n### Stream conformance: {_verdict(report)}\n\n{cell(summary(report))}\n"
    left = 0
    for part in _parts(report):
        if len(text) + len(part) + 200 < MAX_CHARACTERS:
            text += f"\n{part}\n"
        else:
            left += 1
    if left:
        text += f"\n{plural(left, 'more part')} did not fit: see the whole report.\n"
    tool = " ".join(report.tool.values())
    return f"{text}\n<sub>{cell(tool)}, ruleset {cell(report.ruleset)}</sub>\n"


def _verdict(report: Report) -> str:
    code = report.exit_code(report.fail_on) if report.fail_on is not None else 0 if report.judged else 3
    return {0: "✅ conforms", 1: "❌ findings"}.get(code, "⚪ no verdict")


def _parts(report: Report) -> Iterator[str]:
    """The parts of the comment, the most important first."""
    found = _by_rule(report.runs)
    if found:
        yield _overview(found)
    yield from _baseline(report)
    yield from (_rule(rule, places) for rule, places in found)
    yield from _unjudged(report)


def _by_rule(runs: Sequence[Run]) -> list[tuple[str, Places]]:
    """The findings that count, by rule: worst and most frequent first."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    for name, run in zip(labels(runs), runs, strict=True):
        for finding in run.findings:
            if finding.excuse is None:
                found.setdefault(finding.rule, []).append((name, finding))
    return sorted(found.items(), key=lambda item: (-item[1][0][1].level, -len(item[1]), item[0]))


def _overview(found: Sequence[tuple[str, Places]]) -> str:
    rows = [
        [_SIGNS[places[0][1].level], code(rule), f"{len({name for name, _ in places}):,}", _title(rule)]
        for rule, places in found[:_ROWS]
    ]
    more = f"\n\n{plural(len(found) - _ROWS, 'more rule')}, see below." if len(found) > _ROWS else ""
    return table(["", "rule", "streams", "what is wrong"], rows) + more


_ROWS = 25


def _title(rule_id: str) -> str:
    rule = rule_of(rule_id)
    return trusted(rule.title) if rule is not None else ""


def _rule(rule_id: str, places: Places) -> str:
    """One rule: its sentence, and where it is broken."""
    lines = []
    rule = rule_of(rule_id)
    if rule is not None:
        lines.append(f"> {rule.cite[0].quote}\n>\n> <{rule.cite[0].url}>")
        clients = ", ".join(f"[{cell(name)}]({url})" for name, url in rule.breaks)
        lines += [f"Breaks {clients}."] if clients else []
    rows = [[code(name), cell(place_of(one)), cell(one.message)] for name, one in places[:PLACES]]
    lines.append(table(["stream", "place", "finding"], rows))
    if len(places) > PLACES:
        lines.append(f"{len(places) - PLACES:,} more places.")
    level = places[0][1].level
    return folded(f"{_SIGNS[level]} {level.label} {rule_id}: {plural(len(places), 'place')}", "\n\n".join(lines))


def _baseline(report: Report) -> Iterator[str]:
    check = report.baseline
    if check is None:
        return
    stale = [f"- **stale**: {cell(stale_words(*alike))}" for alike in together(check.stale)]
    yield "\n".join([" ".join(map(cell, remarks(check))), *stale, *([cell(next_step(check))] if stale else [])])


def _unjudged(report: Report) -> Iterator[str]:
    """What could not be told: this is no pass."""
    lines = [f"- {code(one.source)}: {cell(one.message)}" for one in report.failures]
    named = zip(labels(report.runs), report.runs, strict=True)
    lines += [f"- {code(name)}: {cell(reason_of(run))}" for name, run in named if run.verdict not in JUDGED]
    if lines:
        kept = lines[: 4 * PLACES]
        more = [f"- and {len(lines) - len(kept):,} more"] if len(lines) > len(kept) else []
        yield folded(f"⚪ {len(lines):,} not judged", "\n".join([*kept, *more]))
