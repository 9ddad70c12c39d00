"""What a diff says, in words that all its forms share.

Law: a change names what it is about, on how many streams of both sides it stands, and where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ...core.diff import Change, Diff, Figure, Part, Row, Shift, Side, rows
from ...core.diff_latency import LEAST_MEDIAN, TOO_FEW
from ...core.finding import Level
from .._text import clip, millis, plural, safe, some

BETTER = "better"
_HINTS = {TOO_FEW: f" (below {LEAST_MEDIAN} pairs: ask more scenarios, or --repeats)"}
_SAID = 200


def level_of(change: Change) -> str:
    """`error`, `warning`, `note`, or `better`."""
    return change.level.label if change.level is not None else BETTER


def what(change: Change) -> str:
    """`finding new`, `shape vanished`."""
    return f"{change.part.value} {change.change}"


def shares(change: Change) -> str:
    """`0/5 -> 5/5 streams`, `37 pairs`."""
    if change.part is Part.LATENCY:
        return plural(change.new.of, "pair")
    return f"{change.old} -> {change.new} streams"


def said(change: Change) -> str:
    """What was seen there, cut: it may come from a peer."""
    return clip(safe(change.said), _SAID)


def where(row: Row) -> str:
    """`openai-chat, builtin, gpt-4o-mini: tools, usage and 10 more`, by whose streams they are."""
    owners: dict[str, list[str]] = {}
    for group in row.groups:
        owner, _, name = safe(group).rpartition(": ")
        owners.setdefault(owner, []).append(name)
    told = [f"{owner}: {some(names)}" if owner else some(names) for owner, names in owners.items()]
    return "; ".join(told)


def by_owner(diff: Diff) -> list[tuple[str, str, Level | None]]:
    """Whose streams were compared, what became of them in words (`1 error, 2 notes`, `no change`), and the worst of it.

    Empty where they are of one alone.
    """
    owners = {group.label: group.label if group.loose else group.label.rpartition(": ")[0] for group in diff.groups}
    found: dict[str, Counter[str]] = {owner: Counter() for owner in owners.values()}
    worst: dict[str, Level] = {}
    for row in rows(diff.changes):
        for owner in {owners.get(group, group) for group in row.groups}:
            found.setdefault(owner, Counter())[level_of(row.change)] += 1
            if row.change.level is not None:
                worst[owner] = max(worst.get(owner, Level.NOTE), row.change.level)
    if len(found) < 2:
        return []
    return [(safe(owner), _counted(counts).lower(), worst.get(owner)) for owner, counts in found.items()]


def _counted(counts: Mapping[str, int]) -> str:
    """`1 error, 2 notes`, or `No change`."""
    words = [(level.label, "") for level in reversed(Level)] + [(BETTER, BETTER)]
    return ", ".join(plural(counts[name], name, many) for name, many in words if counts[name]) or "No change"


def summary(diff: Diff) -> str:
    """`1 error, 2 notes; 230 and 230 streams compared in 172 groups.`"""
    if not diff.groups:
        names = f"no stream of {safe(diff.old.name)} has a counterpart in {safe(diff.new.name)}"
        return f"Nothing could be compared: {names} (by scenario, by file name, or by provider)."
    counts = Counter(level_of(row.change) for row in rows(diff.changes))
    compared = [sum(len(getattr(group, side)) for group in diff.groups) for side in ("old", "new")]
    ignored = f"{plural(diff.ignored, 'change')} ignored; " if diff.ignored else ""
    sizes = f"{compared[0]:,} and {compared[1]:,} streams compared in {plural(len(diff.groups), 'group')}"
    return f"{_counted(counts)}; {ignored}{sizes}."


def brought_together(diff: Diff) -> str:
    """`172 groups by the same scenario, model and target; 3 by the same file name`."""
    counts = Counter(group.by for group in diff.groups)
    return "; ".join(f"{plural(count, 'group')} by {by.value}" for by, count in counts.items())


def alone(side: Side, which: str, most: int) -> Iterator[str]:
    """The streams of a side without a counterpart."""
    if side.unmatched:
        names = some([safe(name) for name in side.unmatched], most)
        yield f"Only in {which}, not compared ({len(side.unmatched):,}): {names}"


def shift_words(shift: Shift, old: float) -> str:
    """`+12.4 ms (+18 %) [8.1, 16.0]`."""
    share = f" ({shift.change / old:+.0%})" if old else ""
    interval = f" [{shift.low:+,.1f}, {shift.high:+,.1f}]" if shift.low is not None and shift.high is not None else ""
    return f"{shift.change:+,.1f} ms{share}{interval}"


def figure_cells(figure: Figure) -> list[str]:
    """One latency figure: name, pairs, both medians, what became of it, both 95th percentiles, what became of them."""
    cells = [figure.name, f"{figure.pairs:,}"]
    for quantile, shift in (("median", figure.median), ("p95", figure.p95)):
        old, new = (getattr(side, quantile) for side in (figure.old, figure.new))
        cells += [f"{millis(old)} -> {millis(new)}", shift_words(shift, old), shift.verdict]
    return cells


FIGURE_NAMES = ("figure", "pairs", "median, ms", "change", "", "p95, ms", "change", "")


def latency_summary(diff: Diff) -> str:
    """`96 latency figures: 2 slower, 90 no clear change, 4 too few to tell (below 10 pairs: ...)`."""
    counts: Counter[str] = Counter()
    for figure in diff.figures:
        verdicts = {figure.median.verdict, figure.p95.verdict}
        first = next((word for word in ("slower", "faster") if word in verdicts), figure.median.verdict)
        counts[first.partition(" (")[0]] += 1
    told = ", ".join(f"{count:,} {word}{_HINTS.get(word, '')}" for word, count in counts.most_common())
    return f"{plural(len(diff.figures), 'latency figure')}: {told}."
