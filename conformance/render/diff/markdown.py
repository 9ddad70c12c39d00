"""A diff as Markdown, for a pull request or a log: what changed, latency in full, and what was not compared.

Law: complete in itself; what comes from a peer is escaped (`_markdown`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.diff import Diff, Row, rows
from ...core.finding import Level
from .._markdown import cell, code, folded, table
from ._words import (
    BETTER,
    FIGURE_NAMES,
    alone,
    brought_together,
    by_owner,
    figure_cells,
    latency_summary,
    level_of,
    said,
    summary,
    what,
    where,
)

_MOST = 50
"""Streams without counterpart that are named."""


def render(diff: Diff) -> str:
    """The whole diff."""
    blocks = ["# What changed", f"**{cell(summary(diff))}**"]
    tool = f"{diff.tool.get('name', '')} {diff.tool.get('version', '')}, ruleset {diff.tool.get('ruleset', '')}"
    blocks.append(f"Compared by {cell(tool)}. OLD is {code(diff.old.name)}, NEW is {code(diff.new.name)}.")
    owners = [[cell(owner), words] for owner, words, _ in by_owner(diff)]
    blocks += [table(["whose streams", "what changed"], owners)] if owners else []
    found = rows(diff.changes)
    blocks += _section("Regressions", [row for row in found if (row.change.level or 0) > Level.NOTE])
    blocks += _section("Notes", [row for row in found if row.change.level is Level.NOTE])
    blocks += _section("Better", [row for row in found if level_of(row.change) == BETTER])
    blocks += [*_latency(diff), *_remarks(diff)]
    return "\n\n".join(blocks) + "\n"


def _section(title: str, found: Sequence[Row]) -> Iterator[str]:
    if not found:
        return
    yield f"## {title}"
    lines = []
    for row in found:
        change = row.change
        level = level_of(change)
        shown = f"**{level}**" if title == "Regressions" else level
        lines.append([
            shown, what(change), code(change.name), str(change.old), str(change.new), cell(said(change)),
            cell(where(row)),
        ])  # fmt: skip
    yield table(["level", "what", "name", "OLD", "NEW", "seen", "where"], lines)


def _latency(diff: Diff) -> Iterator[str]:
    if not diff.figures:
        return
    yield "## Latency"
    yield cell(latency_summary(diff))
    yield (
        "Pairs of streams that answer the same request. In brackets the interval in which the change lies, at 99 %, by "
        "bootstrap; it is a change where the whole interval lies beyond the threshold."
    )
    for who in dict.fromkeys(figure.who for figure in diff.figures):
        lines = [list(map(cell, figure_cells(figure))) for figure in diff.figures if figure.who == who]
        yield folded(who, table([name or "verdict" for name in FIGURE_NAMES], lines))


def _remarks(diff: Diff) -> Iterator[str]:
    told = [f"{brought_together(diff)}."] if diff.groups else []
    told += [*diff.untold, *alone(diff.old, "OLD", _MOST), *alone(diff.new, "NEW", _MOST)]
    told += [f"Not judged: {failure.source}: {failure.message}" for failure in diff.failures]
    if told:
        yield "## What was compared, and what was not"
        yield "\n".join(f"- {cell(text)}" for text in told)
