"""A diff as JSON: the contract of `schemas/diff.json`.

Law: the keys and their order are published; a key is added at the end or not at all, and none is left out.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from ...core.diff import Change, Diff, Figure, Group, Share, Side

DIFF_VERSION = 1


def render(diff: Diff) -> str:
    """The diff as indented JSON with a final newline."""
    return orjson.dumps(as_data(diff), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def as_data(diff: Diff) -> dict[str, Any]:
    """The diff as plain values, in the published order."""
    worst = diff.worst()
    return {
        "diff": DIFF_VERSION,
        "tool": dict(diff.tool),
        "worst": worst.label if worst is not None else None,
        "old": _side(diff.old),
        "new": _side(diff.new),
        "groups": [_group(group) for group in diff.groups],
        "changes": [_change(change) for change in diff.changes],
        "latency": [_figure(figure) for figure in diff.figures],
        "untold": list(diff.untold),
        "failures": [{"source": failure.source, "message": failure.message} for failure in diff.failures],
        "ignored": diff.ignored,
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "streams": side.streams, "unmatched": list(side.unmatched)}


def _group(group: Group) -> dict[str, Any]:
    sides = {"old": group.old, "new": group.new}
    return {
        "label": group.label,
        "by": group.by.name.lower(),
        **{name: [sample.name or sample.run.source for sample in samples] for name, samples in sides.items()},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "part": change.part.value,
        "change": change.change,
        "name": change.name,
        "level": change.level.label if change.level is not None else None,
        "group": change.group,
        "old": _share(change.old),
        "new": _share(change.new),
        "said": change.said,
    }


def _share(share: Share) -> dict[str, int]:
    return {"streams": share.seen, "of": share.of}


def _figure(figure: Figure) -> dict[str, Any]:
    return asdict(figure)
