"""Trait: a neutral fact about a stream, with a value (`usage.placement = own-chunk`). Never a judgement.

Law: a trait's function returns a string, number, bool or list of strings, or None where the stream shows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .recording import Evidence
from .rule import Condition

if TYPE_CHECKING:
    from .stream import Stream

Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True, eq=False)
class Trait:
    """One trait. The docstring of its function says what the values mean. Equal only to itself."""

    name: str
    read: Callable[[Stream[Any]], Value]
    statements: tuple[str, ...]
    needs: frozenset[Evidence]
    module: str
    eventless: bool = False
    """True where a recording without any event may show it, too."""
    when: Condition | None = None
    """Why a stream shows nothing of it, asked once for all traits that share it; None: it may."""

    @property
    def doc(self) -> str:
        """What it means and which values it takes."""
        return (self.read.__doc__ or "").strip()


def trait(
    name: str,
    *,
    statements: tuple[str, ...] = (),
    needs: tuple[Evidence, ...] = (),
    eventless: bool = False,
    when: Condition | None = None,
) -> Callable[[Callable[[Stream[Any]], Value]], Trait]:
    """Makes a Trait of the function below it."""

    def make(read: Callable[[Stream[Any]], Value]) -> Trait:
        return Trait(name, read, statements, frozenset(needs), read.__module__, eventless, when)

    return make


def read(stream: Stream[Any], traits: tuple[Trait, ...]) -> dict[str, Value]:
    """Name -> value of every trait that the stream shows something of."""
    values: dict[str, Value] = {}
    for when, group in _groups(traits, stream.recording.missing, bool(stream.events)):
        if when is None or when(stream) is None:
            for name, value_of in group:
                value = value_of(stream)
                if value is not None:
                    values[name] = value
    return values


@lru_cache(256)
def _groups(
    traits: tuple[Trait, ...], missing: frozenset[Evidence], events: bool
) -> list[tuple[Condition | None, Sequence[tuple[str, Callable[[Stream[Any]], Value]]]]]:
    """The traits that such a recording may show, neighbours that share a condition together."""
    shown = [one for one in traits if (events or one.eventless) and not one.needs & missing]
    return [(when, [(one.name, one.read) for one in group]) for when, group in groupby(shown, lambda one: one.when)]
