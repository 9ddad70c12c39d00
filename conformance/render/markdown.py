"""The report as Markdown, for people: what was checked, what is broken and by which sentence, and how to see it again.

Law: complete in itself: whoever reads it needs neither the recordings nor this tool to follow a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tabulate import tabulate

from ..core.finding import JUDGED, Finding, Level, Report, Run, Verdict
from ._baseline import next_step, remarks, stale_words, together
from ._cancellations import section as cancellations
from ._details import missing_evidence, reason_of
from ._markdown import cell, code, fence, folded, table
from ._rules import rule_of
from ._summary import labels, summary
from ._text import listed, millis, plural, value_of

PLACES = 20
"""Places that are listed for one rule."""
SIDE_BY_SIDE = 4
"""Runs whose traits stand beside each other; of more, the values are counted."""
REPRODUCED = 40
LISTED = 40
"""Runs without findings that are listed; more are folded away."""

EXCUSES = {
    None: ("Findings", ""),
    "known": ("Known", "The baseline lists these findings: they do not count."),
    "new": ("New, not counted", "The rules of these findings are newer than the ruleset that counts."),
    "waived": ("Waived", "The dialect documents these deviations."),
}
"""Why findings do not count -> the title of their section, and what it means."""

Named = Sequence[tuple[str, Run]]


def render(report: Report) -> str:
    """The whole report."""
    runs = list(zip(labels(report.runs), report.runs, strict=True))
    tool = " ".join(report.tool.values())
    parts = ["# Conformance report", f"**{summary(report)}**", f"Checked by {cell(tool)}, ruleset {report.ruleset}."]
    parts += cancellations(report)
    parts += _runs(runs)
    for excuse in EXCUSES:
        parts += _findings(runs, excuse)
    for part in (_untold(report), _baseline(report), _stale(report)):
        parts += part
    for part in (_traits(runs), _latency(runs), _reproduce(runs)):
        parts += part
    return "\n\n".join(parts) + "\n"


def _runs(runs: Named) -> Iterator[str]:
    """The table of runs; what has no findings is folded away where it is much."""
    if not runs:
        return
    yield "## Streams"
    telling = [pair for pair in runs if pair[1].findings]
    silent = [pair for pair in runs if not pair[1].findings]
    if len(silent) <= LISTED:
        yield _run_table(runs)
        return
    yield from [_run_table(telling)] if telling else []
    yield folded(f"{len(silent):,} streams without a finding", _run_table(silent))


def _run_table(runs: Named) -> str:
    names = ("stream", "protocol", "dialect", "model", "verdict", "errors", "warnings", "notes", "events")
    rows = []
    for label, run in runs:
        counts = Counter(finding.level for finding in run.findings if finding.excuse is None)
        verdict = f"**{run.verdict.value}**" if run.verdict is Verdict.FAIL else run.verdict.value
        numbers = [str(counts[level] or "") for level in reversed(Level)]
        about = (code(label), run.protocol or "", run.dialect, cell(run.model or ""), verdict)
        rows.append([*about, *numbers, f"{run.events:,}"])
    return _aligned(names, rows, 5)


def _aligned(names: Sequence[str], rows: Sequence[Sequence[str]], texts: int) -> str:
    """A padded table whose first `texts` columns are words and whose others are numbers."""
    sides = ["left" if index < texts else "right" for index in range(len(names))]
    text: str = tabulate(rows, names, "pipe", disable_numparse=True, colalign=sides)
    return text


def _findings(runs: Named, excuse: str | None) -> Iterator[str]:
    """Findings by rule, worst first: those that count, or those with this excuse."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    for label, run in runs:
        for finding in run.findings:
            if finding.excuse == excuse:
                found.setdefault(finding.rule, []).append((label, finding))
    if not found:
        return
    title, meaning = EXCUSES[excuse]
    yield f"## {title}"
    yield from [meaning] if meaning else []
    for rule, places in sorted(found.items(), key=lambda item: (-item[1][0][1].level, -len(item[1]), item[0])):
        yield f"### {places[0][1].level.label}: {rule}"
        yield from _cited(rule)
        yield from _places(places)


def _cited(rule_id: str) -> Iterator[str]:
    """What the rule says, where that stands, and who breaks."""
    rule = rule_of(rule_id)
    if rule is None:
        return
    yield f"{rule.title}."
    yield from (f"> {cite.quote}\n>\n> <{cite.url}>" for cite in rule.cite)
    if rule.breaks:
        yield "Breaks " + listed(f"[{cell(client)}]({url})" for client, url in rule.breaks) + "."


def _places(places: Sequence[tuple[str, Finding]]) -> Iterator[str]:
    rows = []
    for label, finding in places[:PLACES]:
        message = cell(finding.message) + (f" ({finding.count:,} times)" if finding.count > 1 else "")
        event = "" if finding.event is None else str(finding.event)
        offset = "" if finding.offset is None else f"{finding.offset:,}"
        reason = [cell(str(finding.because))] if finding.excuse is not None else []
        rows.append([code(label), event, offset, millis(finding.at), code(finding.pointer or ""), message, *reason])
    why = f"{places[0][1].excuse} because"
    names = ["stream", "event", "byte", "ms", "pointer", "finding"] + [why] * (len(rows[0]) - 6)
    empty = [i for i in range(len(names)) if not any(row[i] for row in rows)]
    rows = [[text for i, text in enumerate(row) if i not in empty] for row in rows]
    yield table([name for i, name in enumerate(names) if i not in empty], rows)
    if len(places) > PLACES:
        streams = len({label for label, _ in places})
        yield f"{len(places) - PLACES:,} more places; {plural(streams, 'stream')} in all."


def _untold(report: Report) -> Iterator[str]:
    """What could not be judged: this is no pass."""
    lines = [f"- {code(failure.source)}: {cell(failure.message)}" for failure in report.failures]
    reasons = Counter((run.inconclusive is None, reason_of(run)) for run in report.runs if run.verdict not in JUDGED)
    for (idle, reason), count in reasons.most_common():
        lines.append(f"- {plural(count, 'stream')} {'without verdict' if idle else 'inconclusive'}: {cell(reason)}.")
    lacking = Counter(tuple(missing_evidence(run.outcomes)) for run in report.runs)
    for names, count in lacking.most_common():
        if names:
            lines.append(
                f"- {plural(count, 'recording')} without {listed(names)}: the rules that need it were not judged."
            )
    if lines:
        yield "## Not judged"
        yield "\n".join(lines)


def _baseline(report: Report) -> Iterator[str]:
    """What became of the baseline's entries."""
    check = report.baseline
    if check is None:
        return
    yield "## Baseline"
    yield " ".join(map(cell, remarks(check)))
    if check.stale:
        yield "\n".join(f"- **stale**: {cell(stale_words(*alike))}" for alike in together(check.stale))
        yield cell(next_step(check))


def _stale(report: Report) -> Iterator[str]:
    """Deviations that the dialects still document."""
    if report.stale:
        yield "## Stale deviations"
        yield "\n".join(
            f"- {item.dialect} waives `{item.rule}`, but {plural(item.runs, 'run')} kept it: {cell(item.because)}"
            for item in report.stale
        )


def _traits(runs: Named) -> Iterator[str]:
    """Traits side by side for few runs, counted by value for many."""
    groups: dict[str, list[tuple[str, Run]]] = {}
    for label, run in runs:
        if run.traits:
            groups.setdefault(run.protocol or "unknown", []).append((label, run))
    if groups:
        yield "## Traits"
    for protocol, members in groups.items():
        yield from [f"### {protocol}"] if len(groups) > 1 else []
        names = sorted({name for _, run in members for name in run.traits})
        if len(members) <= SIDE_BY_SIDE:
            rows = [[name, *(cell(_trait(run, name)) for _, run in members)] for name in names]
            yield table(["trait", *(code(label) for label, _ in members)], rows)
            continue
        rows = []
        for name in names:
            values = Counter(_trait(run, name) for _, run in members if name in run.traits)
            rows.append([name, ", ".join(f"{cell(value)} ({count:,})" for value, count in values.most_common(6))])
        yield table(["trait", "values (streams)"], rows)


def _trait(run: Run, name: str) -> str:
    return value_of(run.traits[name]) if name in run.traits else ""


_FIGURES = {
    "ttfb": "first byte",
    "first_reasoning": "first reasoning",
    "first_text": "first text",
    "first_tool_argument": "first argument",
    "gap_p50": "gap p50",
    "gap_p95": "gap p95",
    "gap_max": "gap max",
    "terminal_to_end": "terminal to end",
    "total": "total",
    "reads": "reads",
}


def _latency(runs: Named) -> Iterator[str]:
    """Latency of the recordings that hold times."""
    timed = [(label, run) for label, run in runs if run.latency.get("total") is not None]
    if not timed:
        return
    names = [name for name in _FIGURES if any(run.latency.get(name) is not None for _, run in timed)]
    rows = [[code(label), *(millis(run.latency.get(name)) for name in names)] for label, run in timed]
    yield "## Latency"
    yield "Milliseconds since the request was sent; gaps are between events that carry payload."
    yield _aligned(["stream", *(_FIGURES[name] for name in names)], rows, 1)


def _reproduce(runs: Named) -> Iterator[str]:
    """A command for each stream with a finding."""
    asked = [(label, run.reproduce) for label, run in runs if run.reproduce and run.worst() is not None][:REPRODUCED]
    if not asked:
        return
    yield "## Reproduce"
    yield from (folded(label, fence(command, "sh")) for label, command in asked)
