"""Rule: one sentence of one specification, and the function that finds where a stream breaks it.

Law: one rule, one file, one page. The module's docstring is the page; its first line is the title. The id comes from
the place of the file: `conformance/protocols/openai_chat/rules/id_changes.py` is `openai-chat/id-changes`,
`conformance/rules/sse/unknown_field.py` is `sse/unknown-field`. Beside `check` stand GOOD and BAD (see `core.example`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from .finding import Family, Level
from .recording import Evidence

if TYPE_CHECKING:
    from .stream import Stream


class Cite(NamedTuple):
    """Where the sentence stands, and its words. `quote` is verbatim; for an issue it may be the issue's title."""

    url: str
    quote: str


class Breaks(NamedTuple):
    """A client known to break on this fault, and where one can read of it."""

    client: str
    url: str


class Fault(NamedTuple):
    """What a rule's check yields: one place where the stream breaks it. The judge turns it into a Finding."""

    message: str
    event: int | None = None
    pointer: str | None = None
    offset: int | None = None
    at: float | None = None


class On(StrEnum):
    """What a rule looks at."""

    EVENTS = "a successful event stream that holds at least one event"
    STREAM = "a successful event stream"
    RESPONSE = "any response"


Check = Callable[["Stream[Any]"], Iterator[Fault]]
Condition = Callable[["Stream[Any]"], str | None]
"""Says why a rule does not apply to a stream, or None where it does."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule. `check` is pure and never raises; `when` says why it does not apply. Equal only to itself."""

    id: str
    level: Level
    family: Family
    cite: tuple[Cite, ...]
    since: str
    check: Check
    module: str
    statements: tuple[str, ...] = ()
    """Ids of the numbered statements that it tests (`C02`)."""
    breaks: tuple[Breaks, ...] = ()
    on: On = On.EVENTS
    needs: frozenset[Evidence] = frozenset()
    """Evidence without which the verdict is not-recorded."""
    complete: bool = False
    """True where it asks for a stream that the server ended, not one that we cancelled or stopped recording."""
    when: Condition | None = None

    @property
    def name(self) -> str:
        """The last part of the id."""
        return self.id.rpartition("/")[2]

    @property
    def title(self) -> str:
        """The first line of the page, without the full stop."""
        return self.page.strip().partition("\n")[0].rstrip(".")

    @property
    def page(self) -> str:
        """The published page: the docstring of the rule's module."""
        return sys.modules[self.module].__doc__ or ""


def rule(
    *,
    level: Level,
    family: Family,
    cite: Cite | tuple[Cite, ...],
    statements: tuple[str, ...] = (),
    breaks: tuple[Breaks, ...] = (),
    since: str = "2026.11",
    on: On = On.EVENTS,
    needs: tuple[Evidence, ...] = (),
    complete: bool = False,
    when: Condition | None = None,
) -> Callable[[Callable[[Stream[Any]], Iterator[Fault]]], Rule]:
    """Makes a Rule of the generator below it. The keywords are Rule's fields."""

    def make(check: Check) -> Rule:
        return Rule(
            id=_id_of(check.__module__),
            level=level,
            family=family,
            cite=(cite,) if isinstance(cite, Cite) else cite,
            since=since,
            check=check,
            module=check.__module__,
            statements=statements,
            breaks=breaks,
            on=on,
            needs=frozenset(needs),
            complete=complete,
            when=when,
        )

    return make


def _id_of(module: str) -> str:
    """`conformance.protocols.openai_chat.rules.id_changes` -> `openai-chat/id-changes`."""
    parts = [part for part in module.split(".") if part != "rules"]
    return "/".join(parts[-2:]).replace("_", "-")
