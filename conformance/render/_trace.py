"""Statements and what tests them: the answer to "is every sentence of the specification covered?".

Law: a statement is tested, or it says why not, or it is open; the three are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ._text import Paint, clip, listed, pad, plural, wrap


class Statement(Protocol):
    """What the catalogue's Statement offers."""

    @property
    def id(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def untested(self) -> str | None: ...


def trace_lines(
    statements: Mapping[str, Statement], named: Mapping[str, Sequence[str]], columns: int, paint: Paint
) -> Iterator[str]:
    """One block per statement: what it says, then what tests it or why nothing does."""
    wide = max((len(name) for name in statements), default=0)
    for name, statement in statements.items():
        level = pad(statement.level, 8)
        yield f"{paint(pad(name, wide), 'bold')}  {paint(level, 'dim')}  {clip(statement.says, columns - wide - 12)}"
        lead = " " * (wide + 2)
        if named.get(name):
            yield from (paint(line, "pass") for line in wrap(", ".join(named[name]), columns, lead))
        elif statement.untested:
            yield from (paint(line, "dim") for line in wrap(f"not tested: {statement.untested}", columns, lead))
        else:
            yield f"{lead}{paint('open: nothing tests it, and no reason is given', 'error')}"
    yield ""
    yield totals(statements, named)


def totals(statements: Mapping[str, Statement], named: Mapping[str, Sequence[str]]) -> str:
    """`241 statements: 198 tested, 43 not tested for a reason.`"""
    tested = sum(bool(named.get(name)) for name in statements)
    excused = sum(not named.get(name) and bool(item.untested) for name, item in statements.items())
    if not statements:
        return "No statements."
    unknown = sorted(set(named) - set(statements))
    words = [
        f"{tested} tested",
        f"{excused} not tested, with the reason",
        f"{len(statements) - tested - excused} open",
    ]
    told = f"{plural(len(statements), 'statement')}: {listed(word for word in words if not word.startswith('0 '))}."
    return told + (f" Named, but not in the list: {', '.join(unknown)}." if unknown else "")


def trace_data(statements: Mapping[str, Statement], named: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "id": name,
            "level": statement.level,
            "says": statement.says,
            "source": statement.source,
            "tested_by": list(named.get(name, ())),
            "untested": statement.untested,
        }
        for name, statement in statements.items()
    ]
