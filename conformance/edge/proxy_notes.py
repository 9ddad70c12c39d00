"""What the proxy and the process that writes its cassettes tell each other.

Law: plain values that go through a pipe: what the process is told first, and what became of each exchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PASSED, CLIENT_GONE, UPSTREAM_DIED, STOPPED, FAILED = "passed", "client-gone", "upstream-died", "stopped", "failed"


@dataclass(frozen=True)
class Setup:
    """What the process is told first. `known` are keys that must get into no file, `judging` what the judge is told."""

    folder: str
    known: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    judging: object = None


@dataclass
class Passed:
    """What became of one exchange. The keys are those of `schemas/proxy-journal.json`, but for `verdict`."""

    number: int
    at: str
    """When the request was sent: RFC 3339."""
    method: str
    path: str
    status: int | None = None
    outcome: str = PASSED
    """`passed`, `client-gone`, `upstream-died`, `stopped`, `failed` (no response came)."""
    error: str | None = None
    """Why there is no response, or how it ended otherwise than HTTP says."""
    cassette: str | None = None
    """The file's name in the folder; None: there was no response to be written."""
    stream: bool = False
    """True for a 2xx event stream."""
    events: int = 0
    bytes: int = 0
    """Of body, after content coding."""
    ended_at: float = 0.0
    """Milliseconds since the request was sent."""
    verdict: Any = None
    """What the judge said of the cassette, if there is one."""
