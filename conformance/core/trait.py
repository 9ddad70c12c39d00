"""Trait: a neutral fact about a stream, with a value (`usage.placement = own-chunk`). Never a judgement.

Law: a trait's function returns a string, number, bool or list of strings, or None where the stream shows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .recording import Evidence

if TYPE_CHECKING:
    from .stream import Stream

Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True)
class Trait:
    """One trait. The docstring of its function says what the values mean."""

    name: str
    read: Callable[[Stream[Any]], Value]
    statements: tuple[str, ...]
    needs: frozenset[Evidence]
    module: str
    eventless: bool = False
    """True where a recording without any event may show it, too."""

    @property
    def doc(self) -> str:
        """What it means and which values it takes."""
        return (self.read.__doc__ or "").strip()


def trait(
    name: str, *, statements: tuple[str, ...] = (), needs: tuple[Evidence, ...] = (), eventless: bool = False
) -> Callable[[Callable[[Stream[Any]], Value]], Trait]:
    """Makes a Trait of the function below it."""

    def make(read: Callable[[Stream[Any]], Value]) -> Trait:
        return Trait(name, read, statements, frozenset(needs), read.__module__, eventless)

    return make
