"""Runs that did not come to their end: what the manifest beside a cassette says of it.

Law: reads `manifest.json` and judges nothing; a folder without one says nothing of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

MANIFEST = "manifest.json"


def partial(sources: Iterable[str]) -> dict[str, str]:
    """Recording -> why the run that it belongs to is incomplete; only those of which it is so."""
    folders = {source: Path(source).parent for source in sources}
    remarks = {folder: _remark(folder) for folder in set(folders.values())}
    return {source: remarks[folder] for source, folder in folders.items() if remarks[folder]}


def _remark(folder: Path) -> str:
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return ""
    return "; ".join(_remarks(manifest)) if isinstance(manifest, dict) else ""


def _remarks(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is missing, in words."""
    scenarios = [entry for entry in manifest.get("scenarios") or () if isinstance(entry, dict)]
    wanted = [entry for entry in scenarios if not entry.get("skipped")]
    missing = [str(entry.get("scenario")) for entry in wanted if _is_missing(entry)]
    if manifest.get("interrupted"):
        yield "the run was interrupted"
    elif not manifest.get("ended"):
        yield "the run did not end"
    if manifest.get("refused"):
        yield "the target refused to be asked"
    if missing:
        names = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        yield f"{len(missing)} of {len(wanted)} scenarios have no answer ({names})"


def _is_missing(entry: Mapping[str, Any]) -> bool:
    """True where there is no whole answer: it was not asked, failed, or was cut off with the run."""
    return bool(entry.get("interrupted")) or entry.get("answer") is None
