"""Dialect: how one provider speaks a protocol, as declared in one TOML file under dialects/.

Law: data. A deviation waives a rule only with a reason and a place where one can see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deviation:
    """A rule that this provider is documented (or observed) to break."""

    rule: str
    because: str
    see: str
    """URL of the provider's document, or, with `observed`, what was recorded."""
    observed: bool = False
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """A trait whose value this provider promises, where the protocol leaves it open."""

    trait: str
    values: tuple[object, ...]
    because: str
    see: str
    protocols: tuple[str, ...] = ()
    """Only for these protocols; empty: for all of the dialect's."""
    observed: bool = False
    """Seen in recordings, not promised in a document."""
    statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """How one provider speaks."""

    name: str
    title: str = ""
    protocols: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Host patterns (`*.openai.azure.com`) by which a recording is recognised."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Protocol -> URL of its streaming endpoint."""
    key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()
    deviations: tuple[Deviation, ...] = ()

    def deviation(self, rule: str) -> Deviation | None:
        """The deviation that waives `rule`, or None."""
        return next((deviation for deviation in self.deviations if deviation.rule == rule), None)


STRICT = Dialect(name="strict", title="The protocol's own specification; nothing is waived")
