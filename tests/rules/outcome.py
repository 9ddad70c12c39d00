"""What became of one rule, or one trait, on one example: the shortest way for a test to ask."""

from __future__ import annotations

from conformance import catalogue, library
from conformance.core.dialect import STRICT, Dialect
from conformance.core.example import Example
from conformance.core.finding import Outcome, Run, Verdict
from conformance.core.recording import Recording

PASS, FAIL, NOT_APPLICABLE, NOT_RECORDED = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_RECORDED,
)

SHARED = frozenset(rule.id for rule in catalogue.shared_rules())


def run_of(stream: Example | Recording, protocol: str | None = None, dialect: Dialect = STRICT) -> Run:
    """The stream, judged by all rules of its protocol."""
    recording = stream.recording() if isinstance(stream, Example) else stream
    return library.check(recording, protocol, dialect)


def outcome(rule: str, stream: Example | Recording, protocol: str | None = None, dialect: Dialect = STRICT) -> Outcome:
    """What became of this rule."""
    return next(one for one in run_of(stream, protocol, dialect).outcomes if one.rule == rule)


def verdict(rule: str, stream: Example | Recording, protocol: str | None = None, dialect: Dialect = STRICT) -> Verdict:
    """The verdict of this rule."""
    return outcome(rule, stream, protocol, dialect).verdict


def message(rule: str, stream: Example | Recording, protocol: str | None = None, dialect: Dialect = STRICT) -> str:
    """The words of the one finding of this rule."""
    (finding,) = outcome(rule, stream, protocol, dialect).findings
    return finding.message


def broken(stream: Example | Recording, protocol: str | None = None) -> set[str]:
    """The shared rules that the stream breaks."""
    return {finding.rule for finding in run_of(stream, protocol).findings} & SHARED


def traits(stream: Example | Recording, protocol: str | None = None) -> dict[str, object]:
    """The traits of the stream."""
    return dict(run_of(stream, protocol).traits)
