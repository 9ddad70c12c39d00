"""The public functions: load, check, report, render. Commands are made of nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from . import __version__, catalogue, pipeline
from .core.detect import detect_dialect, detect_protocol
from .core.dialect import STRICT, Dialect
from .core.finding import Failure, Report, Run, Stale, Verdict
from .core.protocol import UNKNOWN, Protocol
from .core.recording import Recording
from .core.rule import Rule
from .errors import UsageError

AUTO = "auto"
STALE_AFTER = 10
"""Runs that must keep a rule before a documented deviation counts as gone: few providers deviate in every stream."""


def load(path: str | Path) -> list[Recording]:
    """The recordings of any accepted input: a cassette (YAML or JSON), a raw SSE file, or `-` for standard input.

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
    tool = {"name": "llm-stream-conformance", "version": __version__}
    return Report(tool, ruleset or catalogue.RULESET, judged, tuple(failures), tuple(_stale(judged)))


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


def render(report: Report, form: str) -> str:
    """The report in one form: `table`, `markdown`, `json`, ... Raises UsageError for an unknown form."""
    from .catalogue import PACKAGE

    forms = {path.stem.rstrip("_"): path.stem for path in (PACKAGE / "render").glob("[a-z]*.py")}
    if form not in forms:
        raise UsageError(f"There is no form {form!r}.", f"Known: {', '.join(sorted(forms))}.")
    text: str = import_module(f"conformance.render.{forms[form]}").render(report)
    return text
