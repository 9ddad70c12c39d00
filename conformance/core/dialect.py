"""Dialect: how one provider speaks a protocol, as declared in one TOML file under dialects/.

Law: data. A deviation waives a rule only with a reason and a place to see it. What is promised is never waived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MONTH = "http.month"
"""The trait that says when a stream was answered."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A rule that this provider is documented (or observed) to break."""

    rule: str
    because: str
    see: str
    """URL of the provider's document, or, with `observed`, what was recorded."""
    observed: bool = False
    statements: tuple[str, ...] = ()
    rare: bool = False
    """True where it takes an event that few streams show (an error): that it is not seen does not make it stale."""
    given: Mapping[str, object] = field(default_factory=dict)
    """Trait -> value that a stream must show for its faults to be waived (`model.version = "absent"`)."""

    def covers(self, traits: Mapping[str, object]) -> bool:
        """True where the faults of a stream with these traits are waived."""
        return _shown(self.given, traits)


@dataclass(frozen=True, slots=True)
class Promise:
    """A rule whose sentence this provider's own documents promise to keep; its faults are errors.

    Rules that judge nobody else (`dialect/forwarded-changed`) apply only where they are promised.
    """

    rule: str
    because: str
    see: str
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
    holds: tuple[object, ...] = ()
    """What a trait that is a list must hold, among other things. Beside it `values` may be empty."""
    given: Mapping[str, object] = field(default_factory=dict)
    """Trait -> value that a stream must show for this to be expected of it (`usage.asked = false`)."""
    since: str = ""
    """The first month (`2025-12`) of which it is expected. An answer that does not tell its month owes nothing."""

    def shown_by(self, traits: Mapping[str, object]) -> bool:
        """True where a stream with these traits shows the trait, and whatever else is asked for."""
        if str(traits.get(MONTH, "")) < self.since:
            return False
        return self.trait in traits and _shown(self.given, traits)

    def kept_by(self, traits: Mapping[str, object]) -> bool:
        """True where the trait's value is what is expected of it."""
        value = traits[self.trait]
        held = isinstance(value, list) and all(one in value for one in self.holds)
        return (not self.holds or held) and (not self.values or _matches(value, self.values))

    @property
    def wanted(self) -> str:
        """`'a'`, `'a' or 'b'`, `a list with 'a' and 'b'`, as a reader writes it."""
        words = [" or ".join(repr(value) for value in self.values)] if self.values else []
        if self.holds:
            words.append("a list with " + " and ".join(repr(value) for value in self.holds))
        return ", ".join(words)


def _matches(value: object, values: tuple[object, ...]) -> bool:
    """One of the values; a list matches one of them whole, or holds nothing but them."""
    if any(_same(value, one) for one in values):
        return True
    return isinstance(value, list) and all(any(_same(item, one) for one in values) for item in value)


def _shown(given: Mapping[str, object], traits: Mapping[str, object]) -> bool:
    return all(name in traits and _same(traits[name], value) for name, value in given.items())


def _same(value: object, one: object) -> bool:
    return value == one and isinstance(value, bool) is isinstance(one, bool)


@dataclass(frozen=True)
class Dialect:
    """How one provider speaks."""

    name: str
    title: str = ""
    protocols: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Host patterns (`*.openai.azure.com`) by which a recording is recognised."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Protocol -> URL of its streaming endpoint. `${NAME}` in it stands for an environment variable."""
    key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Fields that every request carries. `{{key}}` in a value stands for the key."""
    expectations: tuple[Expectation, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Protocol -> models that its documents name, the one to ask first."""
    docs: str | None = None
    """URL of the document from which endpoints, key and models are taken."""
    promises: tuple[Promise, ...] = ()
    statements: tuple[str, ...] = ()
    """Claims of its documents that endpoints, key and models of this file repeat: a run shows whether they hold."""

    def deviation(self, rule: str) -> Deviation | None:
        """The deviation that waives `rule`, or None."""
        return next((deviation for deviation in self.deviations if deviation.rule == rule), None)

    def promise(self, rule: str) -> Promise | None:
        """The promise to keep `rule`, or None."""
        return next((promise for promise in self.promises if promise.rule == rule), None)

    def tested(self) -> Iterator[tuple[str, str]]:
        """Statements that this dialect decides, each with what decides it: `dialect groq: expects reasoning.field`."""
        found = [(self.statements, "endpoint, key and models")]
        found += [(item.statements, f"expects {item.trait}") for item in self.expectations]
        found += [(item.statements, f"promises {item.rule}") for item in self.promises]
        found += [(item.statements, f"waives {item.rule}") for item in self.deviations]
        for statements, what in found:
            yield from ((statement, f"dialect {self.name}: {what}") for statement in statements)


STRICT = Dialect(name="strict", title="The protocol's own specification; nothing is waived")
