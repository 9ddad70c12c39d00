"""Named faults: what goes wrong on the wire, as data, and how it is done to any recording.

Law: pure. A fault is a list of steps from the table `fault_steps.STEPS`, with a default place for each protocol; what
it breaks, and which rule must name it, stands beside them. The museum is the folder `faults/`.

    apply(catalogue.fault("comment-as-data"), recording)          a recording with the fault in its default place
    apply(catalogue.fault("stall"), recording, 3, settings={"seconds": 20})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .fault_place import Place, UnfitError
from .fault_steps import STEPS
from .mutate import events_of
from .recording import Recording

__all__ = ["ANY", "Bug", "Expected", "NamedFault", "Number", "Place", "Spot", "Step", "UnfitError", "apply"]

ANY = "*"
"""The protocol's name in `NamedFault.spots` for all that are not named."""
Number = int | float


@dataclass(frozen=True, slots=True)
class Bug:
    """One known bug of a streaming API, gateway or client; `unshown`: why no server can show it to a client."""

    number: int
    says: str
    see: str
    unshown: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of `fault_steps.STEPS` with its parameters."""

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a check of the recorded fault must say: rules that name it, or that it is legal and why."""

    found_by: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    legal: str | None = None
    """Why it is no fault of the server."""
    same_message: bool = False
    """A conforming reader reads the message that it had without it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A fault in one protocol: where it happens by default, parameters that differ there, and who finds it."""

    expected: Expected
    place: Place | None = None
    """None: it concerns the whole exchange, and no event can be chosen."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    scenario: str = "text"
    """The scenario whose recordings can show it."""


@dataclass(frozen=True, slots=True)
class NamedFault:
    """One fault of the museum."""

    name: str
    title: str
    does: str
    """One sentence: what comes on the wire."""
    steps: tuple[Step, ...]
    spots: Mapping[str, Spot]
    """Protocol, or ANY -> how it is there. It applies to no other protocol."""
    bugs: tuple[int, ...] = ()
    """Numbers of known bugs that it plays."""
    see: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    """Clients that are known to break."""

    def spot(self, protocol: str | None) -> Spot:
        """How it is in a protocol. Raises UnfitError where it is none of this protocol's faults."""
        found = self.spots.get(protocol or ANY) or self.spots.get(ANY)
        if found is None:
            raise UnfitError(f"it is a fault of {' and '.join(self.spots)}, not of {protocol or 'an unknown protocol'}")
        return found

    @property
    def settings(self) -> dict[str, Number]:
        """The parameters that a user may set: numbers, with their defaults."""
        return {
            name: value for step in self.steps for name, value in step.parameters.items() if type(value) in (int, float)
        }


def apply(
    fault: NamedFault,
    recording: Recording,
    at: int | None = None,
    *,
    protocol: str | None = None,
    settings: Mapping[str, Number] | None = None,
) -> Recording:
    """`recording` with the fault, at event `at` or at the place that its protocol has for it.

    `protocol` is by default the one that the recording's metadata names; `settings` replace parameters of the steps.
    Raises UnfitError with the reason where the recording cannot show the fault.
    """
    spot = fault.spot(protocol or str(recording.metadata.get("protocol") or "") or None)
    k = _event(spot, recording, at)
    for number, step in enumerate(fault.steps):
        parameters = {**step.parameters, **(spot.parameters if number == 0 else {})}
        given = {name: value for name, value in (settings or {}).items() if name in parameters}
        recording = STEPS[step.operation](recording, k, **{**parameters, **given})
    return replace(recording, writes=(), metadata={**recording.metadata, "fault": fault.name})


def _event(spot: Spot, recording: Recording, at: int | None) -> int:
    if spot.place is None:
        if at is not None:
            raise UnfitError("the fault concerns the whole exchange: no event can be chosen")
        return 0
    if at is None:
        return spot.place.find(recording)
    count = len(events_of(recording))
    if not 0 <= at < count:
        raise UnfitError(f"the recording has {count} events: 0 to {count - 1}" if count else "it has no event")
    return at
