"""The public functions: load, check, report, render. Commands are made of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from . import __version__, catalogue, pipeline
from .core.behaviour import Behaviour
from .core.detect import detect_dialect, detect_protocol
from .core.dialect import STRICT, Dialect
from .core.finding import Failure, Report, Run, Stale, Verdict
from .core.matrix import Matrix
from .core.protocol import UNKNOWN, Protocol
from .core.recording import Recording
from .core.rule import Rule
from .errors import UsageError

AUTO = "auto"
STALE_AFTER = 10
"""Runs that must keep a rule before a documented deviation counts as gone: few providers deviate in every stream."""


def load(path: str | Path) -> list[Recording]:
    """The recordings of any accepted input: a cassette (YAML or JSON), a raw SSE file, what other tools recorded (HAR,
    mitmproxy, Ruby VCR, go-vcr, payloads by the line, ...), or `-` for standard input.

    Raises InputError that names the file, the place and the next step.
    """
    from .edge.load import load as load_path

    return load_path(path)


def check(
    recording: Recording, protocol: str | None = None, dialect: str | Dialect | None = None, ruleset: str | None = None
) -> Run:
    """Judges one recording. Pure. What is not given is detected; `dialect="strict"` waives nothing.

    Raises UsageError for an unknown protocol, dialect or ruleset; never because of what the peer sent.
    """
    speaking = protocol_of(recording, protocol)
    return pipeline.check(recording, speaking, rules_for(speaking, ruleset), dialect_of(recording, speaking, dialect))


def protocol_of(recording: Recording, name: str | None = None) -> Protocol[Any]:
    """The protocol of this name, or the one that the recording shows."""
    if name is not None:
        return catalogue.protocol(name)
    found = detect_protocol(recording, catalogue.protocols())
    return catalogue.unknown_protocol() if found is UNKNOWN else found


def dialect_of(recording: Recording, protocol: Protocol[Any], name: str | Dialect | None = None) -> Dialect:
    """The dialect of this name, or the one that the recording's metadata or host names; else strict."""
    if isinstance(name, Dialect):
        return name
    if name is None or name == AUTO:
        return detect_dialect(recording, protocol, catalogue.dialects().values())
    return catalogue.dialect(name)


def rules_for(protocol: Protocol[Any], ruleset: str | None = None) -> tuple[Rule, ...]:
    """The rules that count in a ruleset (`2026.11`); None: all."""
    rules = catalogue.rules_of(protocol.name)
    if ruleset is None or ruleset == catalogue.RULESET:
        return rules
    if not _is_ruleset(ruleset):
        raise UsageError(f"{ruleset!r} names no ruleset.", f"Give a year and a month, as in {catalogue.RULESET}.")
    return tuple(rule for rule in rules if rule.since <= ruleset)


def _is_ruleset(text: str) -> bool:
    year, dot, month = text.partition(".")
    return bool(dot) and len(year) == 4 and len(month) == 2 and year.isdigit() and month.isdigit()


def report(runs: Iterable[Run], failures: Iterable[Failure] = (), ruleset: str | None = None) -> Report:
    """What many runs add up to, with the documented deviations that occurred in none of them."""
    judged = tuple(runs)
    return Report(_tool(), ruleset or catalogue.RULESET, judged, tuple(failures), tuple(_stale(judged)))


def _tool() -> dict[str, str]:
    return {"name": "llm-stream-conformance", "version": __version__}


def _stale(runs: Iterable[Run]) -> Iterable[Stale]:
    """Deviations of the dialects at work whose rule applied in STALE_AFTER runs or more, and passed in all."""
    seen: dict[tuple[str, str], list[Verdict]] = {}
    for run in runs:
        for outcome in run.outcomes:
            if outcome.verdict in (Verdict.PASS, Verdict.WAIVED):
                seen.setdefault((run.dialect, outcome.rule), []).append(outcome.verdict)
    known = {STRICT.name: STRICT, **catalogue.dialects()}
    for (name, rule), verdicts in seen.items():
        deviation = known[name].deviation(rule) if name in known else None
        if deviation is None or deviation.rare or len(verdicts) < STALE_AFTER or Verdict.WAIVED in verdicts:
            continue
        yield Stale(name, rule, deviation.because, len(verdicts))


def table(
    runs: Iterable[Run], by: str = "provider", more: Sequence[Behaviour] = (), partial: Mapping[str, str] | None = None
) -> Matrix:
    """The compatibility table of many runs, by provider, target, dialect, model or source.

    `more` are rules that judged elsewhere and may be unknown here, `partial` what is said of a source that may be
    incomplete.
    """
    from .core.behaviour import of_rule, of_trait
    from .core.matrix_build import matrix

    def behaviours(name: str) -> list[Behaviour]:
        speaking = catalogue.protocols().get(name, catalogue.unknown_protocol())
        own = [*map(of_trait, speaking.traits), *map(of_rule, catalogue.rules_of(speaking.name))]
        others = catalogue.protocols().keys() - {name}
        new = {row.name: row for row in more if row.name.partition("/")[0] not in others}
        return list({**new, **{row.name: row for row in own}}.values())

    found = matrix(runs, behaviours, by, partial)
    return replace(found, tool=_tool(), ruleset=catalogue.RULESET)


def render(report: Report, form: str) -> str:
    """The report in one form: `table`, `markdown`, `json`, ... Raises UsageError for an unknown form."""
    return _rendered(report, form, "render")


def render_table(table: Matrix, form: str) -> str:
    """A compatibility table in one form: `text`, `markdown`, `csv`, `json`, `html`. Raises UsageError likewise."""
    return _rendered(table, form, "render.matrix")


def _rendered(what: Report | Matrix, form: str, room: str) -> str:
    folder = catalogue.PACKAGE.joinpath(*room.split("."))
    forms = {path.stem.rstrip("_"): path.stem for path in folder.glob("[a-z]*.py")}
    if form not in forms:
        raise UsageError(f"There is no form {form!r}.", f"Known: {', '.join(sorted(forms))}.")
    text: str = import_module(f"conformance.{room}.{forms[form]}").render(what)
    return text
