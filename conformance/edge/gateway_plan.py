"""What the gateway test needs to know of its cases, and what is written about them.

Law: pure; which cases there are, and what is played for them, the caller knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ..core.recording import End, EndKind, Evidence, Recording, Request
from ..core.sandwich import Sandwich
from .abort import UNANSWERED, Stage
from .gateway_case import Case
from .gateway_upstream import Play
from .runner_folder import Session


@dataclass(frozen=True)
class Plan:
    """What the test needs to know of its cases."""

    cases: Mapping[str, Case]
    play: Callable[[Case, float, int | None], Play]
    """What the upstream plays: the case, the seconds of its silence, the number of a stream that carries a marker."""
    stage: Callable[[Case, str], Stage | None] = lambda case, protocol: None
    """When a client of a protocol leaves."""
    within: float = 2.0
    """Seconds in which a cancellation is to reach the upstream."""

    @property
    def silence(self) -> float:
        """Seconds: a gateway that notices at its next write is then seen, and seen to be late."""
        return self.within + 1.0

    @property
    def wait(self) -> float:
        """Seconds after which an upstream that has seen nothing has never seen it."""
        return self.silence + 1.0


def metadata_of(session: Session, case: Case) -> dict[str, object]:
    """What the client's cassette says of itself."""
    target = session.target
    told = {"protocol": target.protocol, "scenario": case.name, "target": target.name, **session.notes}
    more = {"dialect": target.dialect, "target_version": target.version}
    return told | {name: value for name, value in more.items() if value}


def asked_of(case: Case) -> dict[str, object]:
    """What a case did, as `core.sandwich` has it."""
    asked: dict[str, object] = {}
    if case.fault:
        asked["fault"] = case.fault_name
        asked |= {"parameters": case.parameters} if case.parameters else {}
    if case.abort:
        asked |= {"stage": case.abort.stage, "situation": case.abort.situation}
    return asked


def written(sandwich: Sandwich) -> dict[str, object]:
    """What the upstream wrote of the answer that the client got, for who has the client's cassette alone: number of
    bytes, and their SHA-256. Of what the client left, or was never asked, it says nothing."""
    answer = sandwich.answer
    if answer is None or "stage" in sandwich.asked:
        return {}
    body = answer.recording.body
    return {"upstream_bytes": len(body), "upstream_sha256": sha256(body).hexdigest()}


def unanswered(request: Request, kind: EndKind, waited: float, why: str) -> Recording:
    """A gateway that took the request and answered nothing: that, too, is what the client got. `waited` in ms."""
    missing = frozenset({Evidence.HEADERS, Evidence.FRAMING})
    return Recording(request, UNANSWERED, "no answer", end=End(kind, waited, None, why), missing=missing)


def coldness(client: Recording, upstream: Sequence[Recording]) -> str | None:
    """Why an answer shows that the gateway does not work with our upstream, or None."""
    if not upstream and client.status < 300:
        return "it answered, but asked our upstream nothing: its provider points elsewhere, or it answers by itself"
    if client.status == UNANSWERED:
        return f"it gave no answer: {client.end.detail}"
    if client.status >= 300:
        words = client.body[:200].decode("utf-8", "replace").strip()
        reached = "" if upstream else ", and our upstream was not asked"
        return f"it answered with status {client.status}{reached}: {words}"
    if not client.body:
        return "it answered with an empty body"
    return None
