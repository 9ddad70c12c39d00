"""Observers: who looks behind a server while its client leaves, and says what became of the cancellation.

Law: the folder is the registry: a file without an underscore is a kind of observer, and `observer(spec)` in it makes
one. An observer only looks. What it tells goes into `response.recording.end` of a cassette: `propagated_ms` with
`resolution_ms`, or `never` with `waited_ms`, or `unobserved` with the reason. Who could not look has seen nothing; that
is never told as a good sign. `propagated_ms` is the moment at which the change was seen, an upper bound: the change
itself lies within `resolution_ms` before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from ...errors import UsageError
from ..abort import Left
from ..recorder import Options
from ..scenario import Target

WAIT = 10.0
"""Seconds after the leaving for which an observer waits, if nobody says else."""
Told = dict[str, object]


@dataclass(frozen=True)
class Spec:
    """Which observer, of what: one entry of a target's `observers` (see schemas/targets.json)."""

    kind: str
    target: Target
    data: Mapping[str, Any] = field(default_factory=dict)
    """The rest of the entry."""
    wait: float = WAIT
    """Seconds after the leaving."""
    options: Options = field(default_factory=Options)


class Observer(Protocol):
    """Looks on while one client after the other leaves."""

    name: str

    def begin(self) -> None:
        """Called before each request: looks at what there is at rest. Never raises; what fails is told later."""

    def blunt(self) -> bool:
        """True where it cannot tell work that was stopped from work that came to its own end.

        Then one such answer is asked for beforehand and not left: see `Left.own_end`.
        """

    def ready(self) -> bool:
        """True where a client that leaves now would be seen: the request is seen running, if that is needed."""

    def told(self, left: Left, over: bool) -> Told:
        """What became of this leaving: waits until it is seen, bounded. `over`: the answer's generation had ended."""

    def close(self) -> None:
        """No more is asked."""


def kinds() -> list[str]:
    """The kinds that there are, by the files of this folder."""
    return sorted(path.stem.replace("_", "-") for path in Path(__file__).parent.glob("[a-z]*.py"))


def observer(spec: Spec) -> Observer:
    """The observer of this kind. Raises UsageError for a kind that does not exist, or what it lacks."""
    if spec.kind not in kinds():
        raise UsageError(f"There is no observer {spec.kind!r}.", f"There are: {', '.join(kinds())}.")
    found: Observer = import_module(f"{__name__}.{spec.kind.replace('-', '_')}").observer(spec)
    return found
