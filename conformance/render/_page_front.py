"""The front of the HTML report: what became of all, what is broken and why, and what could not be judged.

Law: counts and words; who reads this part alone knows what failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ..core.finding import JUDGED, Finding, Level, Report, Run, Verdict
from ._details import missing_evidence
from ._page_run import NAMELESS, cited, pieces, place_part, provider
from ._rules import rule_of
from ._signs import MEANINGS, SIGNS, sign, word_of
from ._text import listed, plural, safe

Named = Sequence[tuple[str, Run]]
FEW = 2
NAMED = 3
"""Providers, or protocols, up to which the head names them."""
STREAMS = 40
"""Streams that are listed for one broken rule."""


def headline(report: Report) -> tuple[str, str]:
    """The verdict in a few words, and its class."""
    verdicts = Counter(run.verdict for run in report.runs)
    total, failed = len(report.runs), verdicts[Verdict.FAIL]
    if not total:
        return "Nothing was checked", "inconclusive"
    if failed:
        return ("The stream fails" if total == 1 else f"{failed:,} of {plural(total, 'stream')} fail"), "fail"
    if not report.judged or report.failures or (report.baseline and report.baseline.stale):
        return _untold(report), "inconclusive"
    told = sum(verdicts[verdict] for verdict in JUDGED)
    if told < total:
        return f"No stream fails; {told:,} of {total:,} have a verdict", "pass"
    return ("The stream conforms" if total == 1 else f"All {total:,} streams conform"), "pass"


def _untold(report: Report) -> str:
    if report.baseline and report.baseline.stale:
        return "No stream fails, but the baseline is stale"
    return "No stream fails, but not all could be judged" if report.judged else "There is no verdict"


def scope(report: Report) -> list[str]:
    """Whose streams these are, what they speak, and when they were recorded."""
    runs = report.runs
    who = sorted({provider(run) for run in runs} - {NAMELESS})
    speak = sorted({run.protocol or "unknown protocol" for run in runs})
    days = sorted({safe(str(run.metadata.get("recorded") or "")[:10]) for run in runs} - {""})
    told = [_few(who, "provider"), _few(speak, "protocol")]
    told += [f"recorded {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "")] if days else []
    return [part for part in told if part]


def _few(names: Sequence[str], what: str) -> str:
    return listed(names) if len(names) <= NAMED else plural(len(names), what)


def tally(report: Report) -> list[dict[str, Any]]:
    """Streams by verdict, for the bar and its legend."""
    verdicts = Counter(run.verdict for run in report.runs)
    return [
        {"word": one.value, "sign": sign(one.value), "number": verdicts[one], "meaning": MEANINGS[one]}
        for one in MEANINGS
        if verdicts[one]
    ]


def findings_words(report: Report) -> list[tuple[str, str, str]]:
    """Findings by level: word, sign, `3 errors`."""
    counts = Counter(word_of(finding) for run in report.runs for finding in run.findings)
    order = [level.label for level in reversed(Level)]
    told = [(word, sign(word), plural(counts[word], word)) for word in order if counts[word]]
    return told + [(w, sign(w), f"{counts[w]:,} {w}") for w in ("known", "new", "waived") if counts[w]]


def signs() -> list[tuple[str, str, str]]:
    """The legend of the verdicts: word, sign, meaning."""
    return [(verdict.value, SIGNS[verdict.value], meaning) for verdict, meaning in MEANINGS.items()]


def broken(runs: Named) -> list[dict[str, Any]]:
    """The rules that are broken, worst and most frequent first; they stand open where they are few."""
    found: dict[str, list[tuple[int, str, Run, int, Finding]]] = {}
    for number, (label, run) in enumerate(runs, 1):
        for place, finding in enumerate(run.findings, 1):
            found.setdefault(finding.rule, []).append((number, label, run, place, finding))
    ranked = sorted(found.items(), key=lambda item: _weight(*item))
    return [_broken(rule, seen, len(ranked) <= FEW) for rule, seen in ranked]


def _weight(rule: str, seen: Sequence[tuple[int, str, Run, int, Finding]]) -> tuple[Any, ...]:
    worst = min((one[4].excuse is not None, -one[4].level) for one in seen)
    return *worst, -len({one[0] for one in seen}), rule


def _broken(rule_id: str, seen: Sequence[tuple[int, str, Run, int, Finding]], opened: bool) -> dict[str, Any]:
    first = min(seen, key=lambda one: (one[4].excuse is not None, one[0], one[3]))
    number, label, run, place, finding = first
    streams = list(dict.fromkeys((n, name) for n, name, _, _, _ in seen))
    links = {n: p for n, _, _, p, _ in reversed(seen)}
    return {
        **cited(rule_id),
        "word": word_of(finding),
        "sign": sign(word_of(finding)),
        "level": finding.level.label,
        "family": finding.family.value,
        "opened": opened,
        "streams": plural(len(streams), "stream"),
        "places": plural(sum(one[4].count for one in seen), "place"),
        "why": _why(rule_id),
        "first": place_part(f"run-{number}-finding-{place}", run, finding),
        "label": label,
        "links": [(f"#run-{n}-finding-{links[n]}", name) for n, name in streams[:STREAMS]],
        "beyond": max(0, len(streams) - STREAMS),
    }


def _why(rule_id: str) -> list[tuple[str, bool]]:
    """Why it matters: the first paragraph of the rule's page."""
    rule = rule_of(rule_id)
    return pieces(rule.page.strip().partition("\n\n")[2].partition("\n\n")[0] if rule else "")


def unjudged(report: Report, labelled: Named) -> list[tuple[str, str]]:
    """What could not be judged, and why: what, the reason. This is no pass."""
    lines = [(safe(one.source), safe(one.message.removeprefix(f"{one.source}: "))) for one in report.failures]
    lacking = Counter(tuple(missing_evidence(run.outcomes)) for _, run in labelled)
    for names, count in lacking.most_common():
        if names:
            what = plural(count, "recording") + f" without {listed(names)}"
            lines.append((what, "the rules that need it were not judged"))
    lines += [(f"dialect {one.dialect}", _stale(one.rule, one.runs, one.because)) for one in report.stale]
    return lines + list(_baseline(report))


def _stale(rule: str, runs: int, because: str) -> str:
    return f"waives {rule}, but {plural(runs, 'run')} kept it: {safe(because)}"


def _baseline(report: Report) -> Iterator[tuple[str, str]]:
    from ._baseline import next_step, remarks, stale_words

    check = report.baseline
    if check is None:
        return
    yield from (("stale entry of the baseline", stale_words(entry)) for entry in check.stale)
    if check.stale:
        yield "next step", next_step(check)
    yield "baseline", " ".join(remarks(check))
