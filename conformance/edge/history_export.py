"""A history as one flat table, a row for each stream, in CSV or Parquet: for a notebook, a warehouse, a spreadsheet.

Law: the columns are the same in both forms, and each has one type. Figures of latency are columns (`latency_ttfb`,
milliseconds); traits and the broken rules stay JSON, because they differ from protocol to protocol.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from ..core.latency import Latency
from ..errors import UsageError
from .store import store

_TEXTS = ("at", "tool", "ruleset", "target", "protocol", "dialect", "model", "scenario", "source")
_NUMBERS = ("run", "interaction", "errors", "warnings", "notes", "events", "bytes")
_FIGURES = tuple(field.name for field in fields(Latency))
_BROKEN = frozenset("fwk")
"""Letters of a rule that is broken, whether it counts or not."""
COLUMNS = (
    *_TEXTS, *_NUMBERS, "verdict", "inconclusive", "broken", "traits", *(f"latency_{name}" for name in _FIGURES),
)  # fmt: skip
"""The columns, in order."""


def export(path: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes the rows of `edge.history.rows`; the ending says in what form. Raises UsageError, StorageError."""
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMS:
        raise UsageError(f"{path} has no ending that is known.", f"Export to {' or '.join(_FORMS)}.")
    store(path, [_FORMS[suffix]([_flat(row) for row in rows])])


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    latency = orjson.loads(row["latency"])
    told = zip(orjson.loads(row["rules"]), row["outcomes"], strict=False)
    broken = [rule for rule, letter in told if letter in _BROKEN]
    alike = {name: row[name] for name in (*_TEXTS, *_NUMBERS, "verdict", "inconclusive", "traits")}
    figures = {f"latency_{name}": _number(latency.get(name)) for name in _FIGURES}
    whole = {**alike, "broken": orjson.dumps(broken).decode(), **figures}
    return {name: whole[name] for name in COLUMNS}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    try:
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        hint = "pip install 'llm-stream-conformance[parquet]', or export to .csv"
        raise UsageError("Parquet is written by pyarrow, which is not installed.", hint) from error
    kinds = {name: pyarrow.int64() for name in _NUMBERS} | {f"latency_{name}": pyarrow.float64() for name in _FIGURES}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema), sink)
    return sink.getvalue()


_FORMS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], bytes]] = {".csv": _csv, ".parquet": _parquet}
"""Ending -> how it is written."""
