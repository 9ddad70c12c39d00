"""The public functions: load, check, report, render. Commands are made of nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import __version__, catalogue, pipeline
from .core.behaviour import Behaviour
from .core.detect import detect_dialect, detect_protocol
from .core.dialect import MONTH, STRICT, Dialect
from .core.finding import Failure, Report, Run, Stale, Verdict
from .core.matrix import Matrix
from .core.protocol import UNKNOWN, Protocol
from .core.recording import Recording
from .core.rule import Rule
from .core.sandwich import SANDWICH, Sandwich
from .core.stream import Stream
from .errors import UsageError

if TYPE_CHECKING:
    from .core.baseline import BaselineCheck
    from .core.diff import Diff
    from .core.diff_build import Options, Read
    from .core.trend import Trend

AUTO = "auto"
_RULESET = re.compile(r"\d{4}\.(0[1-9]|1[0-2])")
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
    recording, speaking = sided(recording), protocol_of(recording, protocol)
    rules = rules_for(speaking, ruleset)
    return pipeline.check(recording, speaking, rules, dialect_of(recording, speaking, dialect), ruleset)


def protocol_of(recording: Recording, name: str | None = None) -> Protocol[Any]:
    """The protocol of this name, or the one that the recording shows."""
    if name is not None:
        return catalogue.protocol(name)
    found = detect_protocol(recording, catalogue.protocols())
    return catalogue.unknown_protocol() if found is UNKNOWN else found


def sided(recording: Recording) -> Recording:
    """The recording, and of a gateway's client side the protocol of every upstream request beside it."""
    sandwich = recording.metadata.get(SANDWICH)
    if not isinstance(sandwich, Sandwich):
        return recording
    found = [detect_protocol(one.recording, catalogue.protocols()) for one in sandwich.upstream]
    known = (None if protocol is UNKNOWN else protocol for protocol in found)
    upstream = tuple(replace(one, protocol=name) for one, name in zip(sandwich.upstream, known, strict=True))
    return replace(recording, metadata={**recording.metadata, SANDWICH: replace(sandwich, upstream=upstream)})


def dialect_of(recording: Recording, protocol: Protocol[Any], name: str | Dialect | None = None) -> Dialect:
    """The dialect of this name, or the one that the recording's metadata or host names; else strict."""
    if isinstance(name, Dialect):
        return name
    if name is None or name == AUTO:
        return detect_dialect(recording, protocol, catalogue.dialects().values())
    return catalogue.dialect(name)


def rules_for(protocol: Protocol[Any], ruleset: str | None = None) -> tuple[Rule, ...]:
    """The rules that judge: all. Those newer than `ruleset` (`2026.11`) do not count, which `check` sees to.

    Raises UsageError where `ruleset` is none, or newer than this version: its rules are not there to count.
    """
    if ruleset is not None and not _RULESET.fullmatch(ruleset):
        raise UsageError(f"{ruleset!r} names no ruleset.", f"Give a year and a month, as in {catalogue.RULESET}.")
    if ruleset is not None and ruleset > catalogue.RULESET:
        what = f"Ruleset {ruleset} is newer than this version, which has that of {catalogue.RULESET}."
        raise UsageError(what, "Update: pip install --upgrade llm-stream-conformance")
    return catalogue.rules_of(protocol.name)


def report(
    runs: Iterable[Run],
    failures: Iterable[Failure] = (),
    ruleset: str | None = None,
    baseline: BaselineCheck | None = None,
) -> Report:
    """What many runs add up to, with the documented deviations that occurred in none of them.

    `baseline` is what `core.baseline.held` said of these runs.
    """
    judged = tuple(runs)
    return Report(_tool(), ruleset or catalogue.RULESET, judged, tuple(failures), tuple(_stale(judged)), baseline)


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
    from .core.behaviour import FIGURES, of_figure, of_rule, of_trait
    from .core.matrix_build import matrix

    figures = [of_figure(name) for name in FIGURES]

    def behaviours(name: str) -> list[Behaviour]:
        speaking = catalogue.protocols().get(name, catalogue.unknown_protocol())
        shown = [trait for trait in speaking.traits if trait.name != MONTH]  # the table has its dates elsewhere
        own = [*map(of_trait, shown), *map(of_rule, catalogue.rules_of(speaking.name)), *figures]
        others = catalogue.protocols().keys() - {name}
        new = {row.name: row for row in more if row.name.partition("/")[0] not in others}
        return list({**new, **{row.name: row for row in own}}.values())

    found = matrix(runs, behaviours, by, partial)
    return replace(found, tool=_tool(), ruleset=catalogue.RULESET)


def diff(old: Read, new: Read, options: Options | None = None) -> Diff:
    """What changed between two sides, each of judged runs (`core.diff_build.Read`)."""
    from .core.diff_build import Options, diff

    return replace(diff(old, new, options or Options()), tool={**_tool(), "ruleset": catalogue.RULESET})


def render_diff(diff: Diff, form: str) -> str:
    """A diff in one form: `text`, `markdown`, `json`. Raises UsageError for an unknown form."""
    return _rendered(diff, form, "render.diff")


def render_trend(trend: Trend, form: str) -> str:
    """A trend in one form: `text`, `html`, `json`, `svg`. Raises UsageError for an unknown form."""
    return _rendered(trend, form, "render.trend")


def render(report: Report, form: str) -> str:
    """The report in one form: `table`, `markdown`, `json`, ... Raises UsageError for an unknown form."""
    return _rendered(report, form, "render")


def render_table(table: Matrix, form: str) -> str:
    """A compatibility table in one form: `text`, `markdown`, `csv`, `json`, `html`. Raises UsageError likewise."""
    return _rendered(table, form, "render.matrix")


def shows_spots(form: str) -> bool:
    """True where a form shows places in files: then the findings want their spots (`Finding.spot`) before."""
    return bool(getattr(_renderer(form, "render"), "SPOTS", False))


def shows_pictures(forms: Iterable[str]) -> bool:
    """True where one of the forms shows pictures of recordings: then the runs want theirs (`pictured`) before."""
    return any(getattr(_renderer(form, "render"), "PICTURES", False) for form in forms)


def pictured(run: Run, stream: Stream[Any]) -> Run:
    """The run with what a report shows of its recording, which `stream` reads."""
    from .core.picture import picture_of

    return replace(run, picture=picture_of(stream, run))


def shaped(run: Run, stream: Stream[Any]) -> Run:
    """The run with the shape of its stream."""
    from .core.diff_shape import shape_of

    return replace(run, shape=shape_of(stream))


def shows_trends(form: str) -> bool:
    """True where a form shows how targets went so far (`Report.trends`)."""
    return bool(getattr(_renderer(form, "render"), "TRENDS", False))


def _rendered(what: Any, form: str, room: str) -> str:
    text: str = _renderer(form, room).render(what)
    return text


def _renderer(form: str, room: str) -> ModuleType:
    """The module of a form. Raises UsageError where there is none."""
    folder = catalogue.PACKAGE.joinpath(*room.split("."))
    forms = {path.stem.rstrip("_").replace("_", "-"): path.stem for path in folder.glob("[a-z]*.py")}
    if form not in forms:
        raise UsageError(f"There is no form {form!r}.", f"Known: {', '.join(sorted(forms))}.")
    return import_module(f"conformance.{room}.{forms[form]}")
