"""A case of the gateway test: what the client asks, what the upstream plays for it, and when the client leaves.

Law: pure. Files are read by the caller; the fields are those of `schemas/gateway-case.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from ..core.fault import Step
from ..core.recording import Request
from ..core.sandwich import BETWEEN_EVENTS
from .abort import Stage
from .cancel_plan import STAGES
from .replay_match import TURNS

GROUPS = ("pass-through", "faults", "cancellation", "load", "refusals")
"""The kinds of cases, in the order in which they run: what may disturb a gateway comes last."""
LAST = GROUPS[-1]
PATIENCE = 1.5
"""Seconds after which a client leaves although its stage is not reached: the gateway holds everything back."""


@dataclass(frozen=True)
class Abort:
    """When the client leaves, and what the upstream does then."""

    stage: str
    """One of `cancel_plan.STAGES`."""
    situation: str = BETWEEN_EVENTS
    after: float = 0.0
    """Seconds between reaching it and leaving; before the head: between the request and leaving."""
    events: int | None = None
    """Of the stage `after-events`: how many of them."""

    def stage_of(self, patterns: Mapping[str, str]) -> Stage:
        """What a client waits for whose protocol has these patterns for the stage (stages/PROTOCOL.toml)."""
        known = {key: patterns[key] for key in ("seen", "unless") if key in patterns}
        own = {"events": self.events} if self.events is not None else {}
        return Stage(self.stage, delay=self.after, patience=PATIENCE, **{**STAGES[self.stage], **known, **own})


@dataclass(frozen=True, eq=False)
class Case:
    """One case, for every protocol that it names. Equal only to itself."""

    name: str
    title: str
    purpose: str
    group: str
    scenario: str = "text"
    """Whose request is asked, and whose built-in recording is played."""
    gap: float | None = None
    """Milliseconds between the events that are played; None: as recorded."""
    fault: str | None = None
    """A fault of the museum, `NAME[@EVENT][:PARAMETER=NUMBER,...]`."""
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """Protocol -> steps that change the recording before the fault does."""
    protocols: tuple[str, ...] = ()
    """Those that have it; empty: all."""
    usage: bool = False
    """The client asks for usage."""
    abort: Abort | None = None
    copies: int = 1
    together: bool = False
    """All copies are asked at once, and each stream carries its own marker in its text."""

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> Case:
        """A case from the data of its file."""
        steps = {protocol: tuple(map(_step, told)) for protocol, told in data.get("steps", {}).items()}
        abort = Abort(**data["abort"]) if "abort" in data else None
        return cls(name, **{**data, "steps": steps, "abort": abort, "protocols": tuple(data.get("protocols", ()))})

    def speaks(self, protocol: str) -> bool:
        """True where the protocol has this case."""
        return not self.protocols or protocol in self.protocols

    @property
    def fault_name(self) -> str | None:
        """The fault's name, without place and parameters."""
        return self.fault.partition(":")[0].partition("@")[0] if self.fault else None

    @property
    def parameters(self) -> dict[str, float]:
        """The fault's parameters, as they are given."""
        given = (self.fault or "").partition(":")[2]
        pairs = (pair.partition("=") for pair in given.split(",") if pair)
        return {name: float(value) for name, _, value in pairs}


def _step(told: Mapping[str, Any]) -> Step:
    return Step(told["operation"], {name: value for name, value in told.items() if name != "operation"})


def marked(request: Request, marker: str) -> Request:
    """The request with the marker behind the text of its last prompt."""
    body = dict(request.json)
    for name in TURNS:
        if name in body:
            body[name] = _marked(body[name], marker)
            break
    return replace(request, body=orjson.dumps(body))


def _marked(value: Any, marker: str) -> Any:
    """`value` with the marker behind the last text of a user in it."""
    if isinstance(value, str):
        return f"{value} ({marker})"
    if isinstance(value, list):
        users = [index for index, one in enumerate(value) if _of_user(one)]
        return [_marked(one, marker) if index == max(users, default=-1) else one for index, one in enumerate(value)]
    if isinstance(value, Mapping):
        key = next((key for key in ("content", "parts", "text") if key in value), None)
        return {**value, key: _marked(value[key], marker)} if key else value
    return value


def _of_user(turn: Any) -> bool:
    return isinstance(turn, Mapping) and turn.get("role", "user") == "user" and _has_text(turn)


def _has_text(turn: Mapping[str, Any]) -> bool:
    content = next((turn[key] for key in ("content", "parts", "text") if key in turn), None)
    if isinstance(content, list):
        return any(isinstance(part, Mapping) and "text" in part for part in content)
    return isinstance(content, str)
