"""Baseline files: TOML that people edit, read and written whole.

Law: what does not fit `schemas/baseline.json` is an InputError that names the place. Written atomically; comments that
a person put there are lost, reasons and dates are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from ..core.baseline import Entry
from ..core.learn import as_toml
from . import tomlfile
from .store import store

_HEAD = """Known findings: they do not count, and are shown as known. An entry whose finding no longer occurs fails the
run. `conformance check --baseline FILE --update-baseline` adds what is new and removes what is gone; the reasons and
the dates of entries that stay are yours."""


def read(path: Path, schema: Path) -> list[Entry]:
    """The entries of a file. `schema` is `schemas/baseline.json`. Raises InputError."""
    data = tomlfile.read(path)
    for entry in data.get("known", ()):
        if isinstance(entry, dict) and isinstance(entry.get("date"), date):  # TOML's own dates need no quotation marks
            entry["date"] = entry["date"].isoformat()
    tomlfile.fitting(data, path, schema)
    return [Entry(**entry) for entry in data.get("known", ())]


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Replaces the file by these entries. Raises StorageError."""
    told = [{name: value for name, value in asdict(entry).items() if value is not None} for entry in entries]
    store(path, [as_toml({"known": told} if told else {}, _HEAD).encode()])
