"""What can be asked: the endpoints, scenarios and stages of every protocol, found by walking scenarios/ and stages/.

Law: the folders are the registry, and nothing is read before it is asked for. Whom to ask is `targets`' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from .catalogue import PACKAGE, nearest, read_toml
from .edge.scenario import Endpoint, Scenario

_ENDPOINT = "endpoint"
_FOLDER = PACKAGE / "scenarios"
_STAGES = PACKAGE / "stages"
Found = TypeVar("Found")


@cache
def endpoints() -> dict[str, Endpoint]:
    """The endpoint of every protocol that can be asked, by the protocol's name."""
    found = {}
    for path in sorted(_FOLDER.glob(f"*/{_ENDPOINT}.toml")):
        name = path.parent.name
        found[name] = Endpoint.of(name, read_toml(path, "endpoint.json"))
    return found


def endpoint(protocol: str) -> Endpoint:
    """The endpoint of this protocol. Raises UsageError with the nearest names."""
    return named(protocol, endpoints(), "protocol that can be asked")


@cache
def scenarios(protocol: str) -> dict[str, Scenario]:
    """The scenarios of a protocol by name; empty where it has none."""
    paths = [path for path in sorted((_FOLDER / protocol).glob("*.toml")) if path.stem != _ENDPOINT]
    return {path.stem: Scenario.of(path.stem, protocol, read_toml(path, "scenario.json")) for path in paths}


def scenario(protocol: str, name: str) -> Scenario:
    """The scenario of this name. Raises UsageError with the nearest names."""
    return named(name, scenarios(protocol), f"scenario of {protocol}")


@cache
def stages(protocol: str) -> dict[str, Mapping[str, str]]:
    """Where in an answer of a protocol a client can leave. Raises UsageError with the nearest names of protocols."""
    files = {path.stem: path for path in sorted(_STAGES.glob("*.toml"))}
    return read_toml(named(protocol, files, "protocol whose stages are known"), "stages.json")


def named(name: str, known: Mapping[str, Found], what: str) -> Found:
    """The one of this name. `what` says what it is. Raises UsageError with the nearest names."""
    if name in known:
        return known[name]
    raise nearest(name, known, what)
