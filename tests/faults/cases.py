"""Every fault of the museum in every protocol that it is a fault of, with a recording that can show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from conformance import catalogue, library, museum
from conformance.core.fault import Expected, NamedFault, Number, apply
from conformance.core.recording import Recording
from conformance.edge.encoding import encoded

CASSETTES = catalogue.data_folder("cassettes")
FASTER = 100
"""Clocks of server and client run so much faster where a fault takes minutes."""
BURSTS: dict[str, Number] = {"seconds": 2.4}
SHORTER: dict[str, dict[str, Number]] = {
    "one-burst": BURSTS,
    "gzip-holds": BURSTS,
    "bursts": {"seconds": 0.4},
    "heartbeats-for-ever": {"seconds": 330},
}
"""Numbers that make a fault as short as its rule allows."""


@dataclass(frozen=True)
class Case:
    """One fault in one protocol."""

    fault: NamedFault
    protocol: str

    @property
    def name(self) -> str:
        """`stall--openai-chat`: the scenario by which the server finds it."""
        return f"{self.fault.name}--{self.protocol}"

    @property
    def expected(self) -> Expected:
        """What a check must say."""
        return self.fault.spot(self.protocol).expected

    @property
    def lasting(self) -> bool:
        """Takes minutes: it is played and recorded with faster clocks."""
        return any("seconds" in step.parameters and step.operation != "burst" for step in self.fault.steps)

    @property
    def paced(self) -> bool:
        """Takes seconds, and its pauses count: it is played as it is."""
        return any(step.operation == "burst" for step in self.fault.steps)

    @property
    def good(self) -> Recording:
        """The recording without the fault."""
        return good(self.protocol, self.fault.spot(self.protocol).scenario)

    @property
    def faulty(self) -> Recording:
        """The recording with the fault, as short as its rule allows."""
        return apply(self.fault, self.good, settings=SHORTER.get(self.fault.name))

    def on_the_wire(self) -> Recording:
        """What the server plays."""
        found = encoded(self.faulty)  # no good recording has a coding of its own
        return replace(found, metadata={**found.metadata, "scenario": self.name})


@cache
def good(protocol: str, scenario: str) -> Recording:
    """A recording of the built-in server."""
    return library.load(CASSETTES / protocol / "builtin" / f"{scenario}.yaml")[0]


CASES = [
    Case(fault, protocol)
    for fault in museum.faults().values()
    for protocol in catalogue.protocols()
    if protocol in fault.spots or "*" in fault.spots
]
