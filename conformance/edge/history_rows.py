"""Rows of a history: a judged stream as one row of its table, and rows as the trend reads them.

Law: pure. What is written alike is read as one object: thousands of runs of a server say nearly the same, and one
object is quickly found to be equal to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from ..core.finding import LETTERS, NOT_JUDGED, Level, Run, Verdict
from ..core.identity import file_of, scenario_of, target_of
from ..core.trend import Sample

K = TypeVar("K")
V = TypeVar("V")

COLUMNS = (
    "run", "target", "protocol", "dialect", "model", "scenario", "source", "interaction", "verdict", "errors",
    "warnings", "notes", "events", "bytes", "outcomes", "traits", "latency", "inconclusive",
)  # fmt: skip
"""The columns of the table `stream` that are written, in order."""


def row_of(number: int, run: Run, rules: Sequence[str]) -> tuple[object, ...]:
    """One stream of the kept run `number`, in the order of COLUMNS. `rules`: all that judged in that run."""
    standing = [finding.level for finding in run.findings if finding.excuse is None]
    letters = {outcome.rule: LETTERS[outcome.verdict] for outcome in run.outcomes}
    return (
        number, _text(target_of(run)), run.protocol or "unknown", run.dialect, _text(run.model),
        _text(scenario_of(run) or file_of(run)), _text(run.source), run.interaction, run.verdict.value,
        *(standing.count(level) for level in reversed(Level)), run.events, run.bytes,
        "".join(letters.get(rule, NOT_JUDGED) for rule in rules), _json(dict(run.traits)), _json(dict(run.latency)),
        _text(run.inconclusive),
    )  # fmt: skip


def _text(value: str | None) -> str | None:
    """Text that SQLite takes: half a surrogate pair is no text."""
    return value if value is None else value.encode("utf-8", "replace").decode()


def _json(value: Mapping[str, object]) -> str:
    return orjson.dumps(value, default=str).decode()


def samples(rows: Iterable[Mapping[str, Any]]) -> list[Sample]:
    """Rows of `edge.history.rows` as the trend reads them."""
    rules: dict[str, list[str]] = {}
    outcomes: dict[tuple[str, str], dict[str, str]] = {}
    traits: dict[str, dict[str, object]] = {}
    found = []
    for row in rows:
        _known(rules, row["rules"], orjson.loads)
        letters = _known(outcomes, (row["rules"], row["outcomes"]), lambda told: _letters(rules[told[0]], told[1]))
        shown = _known(traits, row["traits"], orjson.loads)
        alike = {name: row[name] for name in ("run", "at", "ruleset", "target", "protocol", "scenario", "model")}
        verdict, latency = Verdict(row["verdict"]), orjson.loads(row["latency"])
        found.append(Sample(**alike, verdict=verdict, outcomes=letters, traits=shown, latency=latency))
    return found


def _known(values: dict[K, V], key: K, make: Callable[[K], V]) -> V:
    """The value of a key, made once."""
    if key not in values:
        values[key] = make(key)
    return values[key]


def _letters(rules: Sequence[str], outcomes: str) -> dict[str, str]:
    return {rule: letter for rule, letter in zip(rules, outcomes, strict=False) if letter != NOT_JUDGED}
