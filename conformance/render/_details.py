"""One run in full: what it is, each finding with its sentence and its bytes, and what could not be judged.

Law: reads a Run; the bytes come from the caller, because a Run does not hold them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from ..core.finding import Finding, Outcome, Run, Verdict
from ._rules import rule_of
from ._text import Paint, clip, millis, pad, plural, safe, size, width, wrap

_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
Excerpt = Callable[[Run, Finding, int], list[str]]
"""(run, finding, columns) -> the lines of the body to show under it."""


def no_excerpt(run: Run, finding: Finding, columns: int) -> list[str]:
    """No bytes."""
    return []


def run_lines(run: Run, columns: int, paint: Paint, excerpt: Excerpt = no_excerpt) -> Iterator[str]:
    """All of one run."""
    label = run.source + (f" #{run.interaction}" if run.interaction else "")
    yield f"{paint(run.verdict.value.upper(), run.verdict.value)}  {paint(clip(safe(label), columns - 16), 'bold')}"
    yield "  " + paint(clip(_identity(run), columns - 2), "dim")
    if run.inconclusive is not None:
        yield from wrap(safe(run.inconclusive), columns, "  ")
    told: set[str] = set()
    for finding in run.findings:
        yield ""
        yield from finding_lines(run, finding, columns, paint, excerpt, finding.rule not in told)
        told.add(finding.rule)
    yield ""
    yield from (f"  {paint(line, 'dim')}" for line in wrap(tally(run), columns - 2))


def _identity(run: Run) -> str:
    """`openai-chat · groq · llama-3.3-70b · 227 events, 45.2 kB, 1,204 ms`."""
    total = run.latency.get("total")
    amount = f"{plural(run.events, 'event')}, {size(run.bytes)}" + (
        f", {millis(total)} ms" if total is not None else ""
    )
    return " · ".join(safe(part) for part in (run.protocol, run.dialect, run.model, amount) if part)


def finding_lines(
    run: Run, finding: Finding, columns: int, paint: Paint, excerpt: Excerpt = no_excerpt, cited: bool = True
) -> Iterator[str]:
    """One finding: its head, the message, the sentence and the clients that break (unless told already), the bytes."""
    yield head_line(finding, columns, paint)
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    yield from wrap(safe(finding.message) + times, columns, "    ")
    if finding.excuse is not None:
        words = f"{finding.excuse}: {safe(str(finding.because))}"
        yield from (paint(line, finding.excuse) for line in wrap(words, columns, "    "))
    rule = rule_of(finding.rule) if cited else None
    if rule is not None:
        yield from (paint(line, "dim") for line in wrap(f"“{unlinked(rule.cite[0].quote)}”", columns, "     ", "    "))
        yield f"    {paint(rule.cite[0].url, 'link')}"
        if rule.breaks:
            names = ", ".join(dict.fromkeys(item.client for item in rule.breaks))
            yield from wrap(f"breaks {names}", columns, "           ", "    ")
    yield from (f"    {paint('│', 'dim')} {line}" for line in excerpt(run, finding, columns - 6))


def unlinked(quote: str) -> str:
    """A quotation without the targets of its Markdown links."""
    return _LINK.sub(r"\1", quote)


def head_line(finding: Finding, columns: int, paint: Paint) -> str:
    """Level and rule on the left, the place on the right."""
    level = finding.excuse or finding.level.label
    left, place = f"  {paint(pad(level, 7), level)}  {paint(finding.rule, 'bold')}", place_of(finding)
    gap = columns - width(left) - width(place)
    return f"{left}{' ' * max(gap, 2)}{paint(place, 'dim')}" if place else left


def place_of(finding: Finding) -> str:
    """`event 12 · byte 3,941 · 104.5 ms`, with the parts that are known."""
    parts = [
        f"event {finding.event}" if finding.event is not None else "",
        f"byte {finding.offset:,}" if finding.offset is not None else "",
        f"{millis(finding.at)} ms" if finding.at is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def tally(run: Run) -> str:
    """`70 rules: 1 fail, 37 pass, 20 not applicable, 12 not recorded (reads, timing)`."""
    if not run.outcomes:
        return "No rule speaks for this stream: its protocol is not known."
    counts = Counter(outcome.verdict for outcome in run.outcomes)
    words = [
        (Verdict.FAIL, "fail"),
        (Verdict.KNOWN, "known"),
        (Verdict.WAIVED, "waived"),
        (Verdict.PASS, "pass"),
        (Verdict.NOT_APPLICABLE, "not applicable"),
        (Verdict.NOT_RECORDED, "not recorded"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
        (Verdict.NEW, "new, not counted"),
    ]
    told = ", ".join(f"{counts[verdict]} {word}" for verdict, word in words if counts[verdict])
    lacking = missing_evidence(run.outcomes)
    why = f" ({', '.join(lacking)})" if lacking else ""
    reason = f": {reason_of(run)}" if run.verdict is Verdict.NOT_APPLICABLE else ""
    return f"{plural(len(run.outcomes), 'rule')}: {told}{why}{reason}"


def reason_of(run: Run) -> str:
    """Why there is no verdict: what it fails to show, or why most rules did not apply."""
    if run.inconclusive is not None:
        return safe(run.inconclusive)
    reasons = Counter(outcome.reason for outcome in run.outcomes if outcome.reason)
    return safe(str(reasons.most_common(1)[0][0])) if reasons else "its protocol is not known"


def missing_evidence(outcomes: tuple[Outcome, ...]) -> list[str]:
    """The evidence for lack of which rules were not judged."""
    reasons = {outcome.reason for outcome in outcomes if outcome.verdict is Verdict.NOT_RECORDED and outcome.reason}
    return sorted({name for reason in reasons for name in reason.partition(": ")[2].split(", ") if name})
