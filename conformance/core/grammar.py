"""Grammar: the order of events as a table, its walker, and its picture.

Law: tables, no code per API. A pair (state, symbol) that the table does not hold is a misstep; `faults` names the rule
that speaks for it, else it is `event-order`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

DEFAULT_FAULT = "event-order"
ANY = "*"


class Misstep(NamedTuple):
    """An event that the table does not allow where it came."""

    fault: str
    event: int
    state: str
    symbol: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through a grammar: what went wrong, and where it ended. `subject` tells of what (`choice 0`)."""

    grammar: Grammar
    subject: str
    missteps: tuple[Misstep, ...]
    state: str
    """The state in which the stream left it."""

    @property
    def accepted(self) -> bool:
        """True where a complete stream may end in this state."""
        return self.state in self.grammar.accept


@dataclass(frozen=True)
class Grammar:
    """A transition table. `accept` are the states in which a complete stream may end."""

    name: str
    start: str
    table: Mapping[str, Mapping[str, str]]
    accept: frozenset[str]
    faults: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(state, symbol) -> short name of the rule that speaks for this misstep; either may be `*`."""
    resync: Mapping[str, str] = field(default_factory=dict)
    """Symbol -> state in which to go on after a misstep on it; otherwise the state stays."""

    def walk(self, symbols: Iterable[tuple[int, str]], subject: str = "") -> Walk:
        """Walks (event index, symbol) pairs. Never raises: a misstep is noted, and the walk goes on."""
        state, table = self.start, self.table
        missteps: list[Misstep] = []
        for event, symbol in symbols:
            following = table[state].get(symbol)
            if following is not None:
                state = following
                continue
            missteps.append(Misstep(self._fault(state, symbol), event, state, symbol, tuple(table[state])))
            state = self.resync.get(symbol, state)
        return Walk(self, subject, tuple(missteps), state)

    def _fault(self, state: str, symbol: str) -> str:
        faults = self.faults
        for key in ((state, symbol), (state, ANY), (ANY, symbol)):
            if key in faults:
                return faults[key]
        return DEFAULT_FAULT

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        edges: dict[tuple[str, str], list[str]] = {}
        for state, row in self.table.items():
            for symbol, following in row.items():
                edges.setdefault((state, following), []).append(symbol)
        lines = ["stateDiagram-v2", f"    [*] --> {_id(self.start)}"]
        lines += [f"    {_id(a)} --> {_id(b)}: {', '.join(symbols)}" for (a, b), symbols in edges.items()]
        lines += [f"    {_id(state)} --> [*]" for state in self.table if state in self.accept]
        return "\n".join(lines)


def _id(state: str) -> str:
    return state.replace("-", "_").replace(" ", "_")
