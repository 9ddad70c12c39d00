"""JSON reports read back: the runs of `conformance check --json`, as if they were judged here.

Law: what does not fit `schemas/report.json` is an InputError. Why a rule did not apply, and the bytes, are not in a
report: they come back empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from ..core.behaviour import Behaviour
from ..core.finding import LETTERS, NOT_JUDGED, Failure, Family, Finding, Level, Outcome, Run, Verdict
from ..errors import InputError
from . import tomlfile

_HEAD = 4096
_OPENING = re.compile(rb'\s*\{\s*"report"\s*:\s*\d')
_VERDICTS = {letter: verdict for verdict, letter in LETTERS.items()}


@dataclass(frozen=True)
class ReportFile:
    """What a JSON report tells."""

    runs: tuple[Run, ...]
    rules: tuple[Behaviour, ...]
    failures: tuple[Failure, ...]


def is_report(path: str) -> bool:
    """True where a file opens as a JSON report does."""
    try:
        with Path(path).open("rb") as file:
            return _OPENING.match(file.read(_HEAD)) is not None
    except OSError:
        return False


def read(path: str, schema: Path) -> ReportFile:
    """The report of a file. `schema` is `schemas/report.json`. Raises InputError."""
    try:
        data = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror}).", "Check the path.") from error
    except orjson.JSONDecodeError as error:
        raise InputError(path, f"is not JSON: {error}.", "Write it again with `conformance check --json`.") from error
    tomlfile.fitting(data, Path(path), schema)
    rules = tuple(_behaviour(rule) for rule in data["rules"])
    ids = [rule["id"] for rule in data["rules"]]
    failures = tuple(Failure(one["source"], one["message"]) for one in data["summary"]["failures"])
    return ReportFile(tuple(_run(run, ids, path) for run in data["runs"]), rules, failures)


def _behaviour(rule: Mapping[str, Any]) -> Behaviour:
    family = Family(rule["family"]) if rule["family"] else Family.SHAPE
    return Behaviour("rule", rule["id"], family, rule["title"] or "", _level(rule["level"]), rule["url"])


def _level(label: str | None) -> Level | None:
    return Level[label.upper()] if label else None


def _run(data: Mapping[str, Any], ids: Sequence[str], path: str) -> Run:
    if len(data["outcomes"]) != len(ids):
        what = f"tells {len(data['outcomes'])} outcomes of {data['source']} for {len(ids)} rules."
        raise InputError(path, what, "Write it again with `conformance check --json`.")
    alike = ("source", "interaction", "protocol", "dialect", "model", "traits", "latency", "reproduce", "inconclusive")
    return Run(
        **{name: data[name] for name in alike},
        verdict=Verdict(data["verdict"]),
        outcomes=_outcomes(data, ids),
        metadata=data["metadata"],
        events=data["events"],
        bytes=data["bytes"],
        missing=tuple(data["missing"]),
    )


def _outcomes(data: Mapping[str, Any], ids: Sequence[str]) -> tuple[Outcome, ...]:
    ranked = sorted(data["findings"], key=lambda finding: str(finding["rule"]))
    findings = {
        rule: tuple(_finding(one) for one in found) for rule, found in groupby(ranked, key=lambda one: one["rule"])
    }
    told = zip(ids, data["outcomes"], strict=True)
    return tuple(
        Outcome(rule, _VERDICTS[letter], findings.get(rule, ())) for rule, letter in told if letter != NOT_JUDGED
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(**{**data, "level": Level[data["level"].upper()], "family": Family(data["family"])})
