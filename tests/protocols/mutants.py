"""Mutants of good streams: every operator at every event, and a table of those that no rule of level error finds.

Law: a table names every survivor by operator, sample and event, with its reason; it is strict in both directions. The
share of those found is counted over the mutants that break a MUST: all that are found, and all that are `MISSED`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar

import pytest

from conformance import catalogue, pipeline
from conformance.core.dialect import STRICT
from conformance.core.example import Example
from conformance.core.finding import Finding, Level
from conformance.core.mutate import OPERATORS, Operator, events_of, first
from conformance.core.recording import Recording
from conformance.core.stream import Stream

Places = Mapping[str, tuple[int, ...]]
"""Sample -> events."""
Place = tuple[str, str, int]
"""Operator, sample, event."""


class Kind(Enum):
    """What a survivor is."""

    LEGAL = "breaks no MUST"
    WARNED = "breaks a SHOULD, or what may be new: a warning or a note tells"
    MISSED = "breaks a MUST, and is told below error level, or not at all"


@dataclass(frozen=True)
class Survivor:
    """Mutants that no rule of level error finds: by which operator, where, and why. `rule` tells of those WARNED."""

    operator: str
    places: Places
    why: str
    kind: Kind = Kind.LEGAL
    rule: str | None = None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_any(value: object) -> bool:
    return True


REQUIRED: dict[str, Operator] = {
    "retype-end": first(("stop_reason", "finishReason", "finish_reason"), _is_name, lambda value: 1),
    "foreign-end": first(("stop_reason", "finishReason", "finish_reason"), _is_name, lambda value: "content_filter"),
    "retype-role": first(("role",), _is_name, lambda value: 1),
    "lose-name": first(("name",), _is_name, lambda value: ...),
    "retype-name": first(("name",), _is_name, lambda value: {}),
    "retype-input": first(("input", "args"), _is_any, lambda value: "{}"),
    "lose-usage": first(("usage", "usageMetadata"), _is_any, lambda value: ...),
    "retype-usage": first(("usage", "usageMetadata"), _is_any, lambda value: 7),
    "retype-count": first(
        ("output_tokens", "totalTokenCount", "total_tokens"), lambda value: isinstance(value, int), str
    ),
    "lose-kind": first(("type",), _is_name, lambda value: ...),
    "change-call": first(("tool_use_id",), _is_name, lambda value: value + "x"),
    "retype-signature": first(("signature", "thoughtSignature"), _is_name, lambda value: 1),
    "change-model": first(("modelVersion",), _is_name, lambda value: value + "x"),
}
"""Members that the operators of the core leave alone."""

ALL: dict[str, Operator] = {**OPERATORS, **REQUIRED}


def mutants(recording: Recording, operators: Mapping[str, Operator]) -> Iterator[tuple[str, int, Recording]]:
    """Operator, event and mutant: all that the operators make of a recording."""
    for number in range(len(events_of(recording))):
        for operator, mutate in operators.items():
            mutant = mutate(recording, number)
            if mutant is not None:
                yield operator, number, mutant


@dataclass(frozen=True)
class Trial:
    """All mutants of the samples of one protocol, judged by all its rules."""

    protocol: str
    samples: Mapping[str, Example]
    survivors: tuple[Survivor, ...]
    operators: Mapping[str, Operator] = field(default_factory=lambda: ALL)

    def recording(self, name: str) -> Recording:
        """A sample as it was recorded, with time for every event."""
        return self.samples[name].paced().recording()

    def findings(self, recording: Recording) -> list[Finding]:
        """What all rules find, without a dialect."""
        protocol = catalogue.protocol(self.protocol)
        return pipeline.check(recording, protocol, catalogue.rules_of(self.protocol), STRICT).findings

    @cached_property
    def judged(self) -> dict[Place, list[Finding]]:
        """Every mutant that there is, with what is found in it."""
        return {
            (operator, name, number): self.findings(mutant)
            for name in self.samples
            for operator, number, mutant in mutants(self.recording(name), self.operators)
        }

    @cached_property
    def quiet(self) -> dict[Place, set[str]]:
        """The mutants that no rule of level error finds, with the rules that say anything of them."""
        return {
            place: {finding.rule.partition("/")[2] for finding in findings}
            for place, findings in self.judged.items()
            if not any(finding.level is Level.ERROR for finding in findings)
        }

    @cached_property
    def listed(self) -> dict[Place, Survivor]:
        """The table, place by place."""
        return {
            (one.operator, name, number): one
            for one in self.survivors
            for name, numbers in one.places.items()
            for number in numbers
        }

    def unclean(self) -> dict[str, list[str]]:
        """What is found in the samples before they are changed."""
        found = {name: self.findings(self.recording(name)) for name in self.samples}
        return {name: [finding.rule for finding in findings] for name, findings in found.items() if findings}

    def unlisted(self) -> dict[str, dict[str, list[int]]]:
        """Survivors that the table does not name: operator -> sample -> events."""
        return _by_operator(set(self.quiet) - set(self.listed))

    def stale(self) -> dict[str, dict[str, list[int]]]:
        """Entries of the table whose mutants are found, or do not exist."""
        return _by_operator(set(self.listed) - set(self.quiet))

    def untold(self) -> list[Place]:
        """Places where the rule that the table names is silent, or where one speaks though the table says none does."""
        return [
            place
            for place, one in self.listed.items()
            if place in self.quiet and (one.rule not in self.quiet[place] if one.rule else self.quiet[place])
        ]

    def share(self) -> float:
        """The part found of the mutants that break a MUST."""
        found = len(self.judged) - len(self.quiet)
        missed = sum(self.listed[place].kind is Kind.MISSED for place in self.quiet if place in self.listed)
        return found / (found + missed)

    def rules(self, place: Place) -> set[str]:
        """The names of the rules that say anything of a mutant."""
        return {finding.rule.partition("/")[2] for finding in self.judged[place]}

    def accumulated(self, recording: Recording) -> list[Any]:
        """The answers that the protocol makes of what the operators of the core make of a recording."""
        protocol = catalogue.protocol(self.protocol)
        return [protocol.accumulate(Stream(mutant, protocol)) for _, _, mutant in mutants(recording, OPERATORS)]


class Laws:
    """What holds of every trial; a subclass named `Test...` holds one, and its figures."""

    trial: ClassVar[Trial]
    least: ClassVar[int]
    """Mutants that there are more of."""

    def test_the_streams_are_good_before_they_are_changed(self) -> None:
        assert self.trial.unclean() == {}

    def test_what_is_not_found_is_listed_and_what_is_listed_is_not_found(self) -> None:
        assert self.trial.unlisted() == {}
        assert self.trial.stale() == {}
        assert self.trial.untold() == []

    def test_of_the_mutants_that_break_a_must_nearly_all_are_found(self) -> None:
        assert len(self.trial.judged) > self.least
        assert self.trial.share() >= 0.98


class NamedLaws(Laws):
    """The same for the large protocols, where every operator is at work and the faults that one thinks of first have
    the names that one expects."""

    idle: ClassVar[frozenset[str]]
    """Operators that change members which no stream of this protocol has."""
    named: ClassVar[tuple[tuple[str, str, int, str], ...]]
    """Operator, sample, event, and the rule that one expects to speak."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each expected name."""
        if "rule" in metafunc.fixturenames:
            metafunc.parametrize(("operator", "name", "number", "rule"), self.named)

    def test_every_operator_is_at_work(self) -> None:
        assert set(self.trial.operators) - {operator for operator, _, _ in self.trial.judged} == self.idle

    def test_a_fault_has_the_name_that_one_expects(self, operator: str, name: str, number: int, rule: str) -> None:
        assert rule in self.trial.rules((operator, name, number))


def _by_operator(places: set[Place]) -> dict[str, dict[str, list[int]]]:
    found: Any = defaultdict(lambda: defaultdict(list))
    for operator, name, number in sorted(places):
        found[operator][name].append(number)
    return {operator: dict(names) for operator, names in found.items()}
