"""What a run asks, and what came of it: sessions of exchanges, each exchange with its cassette in a folder.

Law: values. Asking stands in `runner`, what is written about it in `runner_manifest`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ..core.recording import EndKind, Recording
from ..errors import StorageError, TargetError, UsageError
from .scenario import Scenario, Target


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, in figures: the bytes stand in the cassette. Times in milliseconds."""

    cassette: str
    sha256: str
    status: int
    events: int
    bytes: int
    tokens: int
    """As the answer tells them; where it tells none, one an event."""
    end: str
    ended_at: float | None
    detail: str | None
    first_event: float | None
    http_version: str | None

    @classmethod
    def of(cls, recording: Recording, path: Path, events: int, first_event: float | None, tokens: int) -> Answer:
        """The figures of a recording that stands in the cassette `path`."""
        end = recording.end
        return cls(
            path.name, digest(path), recording.status, events, len(recording.body), tokens, end.kind.value, end.at,
            end.detail, first_event, recording.http_version,
        )  # fmt: skip


@dataclass
class Exchange:
    """One request of a scenario, and what came of it: an answer, the `error` for which there is none, or neither."""

    scenario: Scenario
    path: Path
    answer: Answer | None = None
    error: str | None = None
    skipped: str | None = None
    """Why it is not to be asked."""
    unasked: str | None = None
    """Why it was not asked, though it should have been."""
    retries: list[str] = field(default_factory=list)
    """Why it was asked again, once for each time."""
    interrupted: bool = False
    """Its stream was cut off because the run was."""

    @property
    def answered(self) -> bool:
        """True where the target answered with a stream, or refused where the scenario wants a refusal."""
        answer = self.answer
        if answer is None:
            return False
        streamed = 200 <= answer.status < 300 and (answer.events > 0 or not self.scenario.streamed)
        return streamed or (answer.status in self.scenario.statuses and answer.status >= 400)

    @property
    def remark(self) -> str:
        """What is worth a word beside the status; empty where all is as the scenario expects."""
        again = f"asked {len(self.retries) + 1} times" if self.retries else ""
        return "; ".join(part for part in (self._remark(), again) if part)

    def _remark(self) -> str:
        answer, wanted = self.answer, self.scenario.statuses
        if answer is None:
            return self.error or self.skipped or f"not asked: {self.unasked or 'the run ended before'}"
        if answer.status >= 500 and answer.status not in wanted:
            return "the server failed"
        if answer.status >= 400 and answer.status not in wanted:
            return f"needs {', '.join(self.scenario.needs)}" if self.scenario.needs else "refused"
        if answer.end != EndKind.EOF.value and not self.scenario.cancel:
            return f"{answer.end}: {answer.detail or 'by the server'}"
        return "" if answer.status in wanted else f"expected {' or '.join(map(str, sorted(wanted)))}"


@dataclass
class Session:
    """One target, what it is asked in one protocol, and what came of it. `session` makes one."""

    target: Target
    folder: Path
    exchanges: list[Exchange]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    resumed: list[str] = field(default_factory=list)
    """When it was resumed."""
    interrupted: bool = False
    refused: TargetError | None = None
    """Why the target could not be asked at all."""
    notes: Mapping[str, object] = field(default_factory=dict)
    """What every cassette's metadata says beside its own."""
    about: Mapping[str, object] = field(default_factory=dict)
    """What the manifest says beside its own: the tool, the ruleset."""


# Making


def exchanges(scenarios: Sequence[Scenario], folder: Path, target: Target, repeats: int = 1) -> list[Exchange]:
    """What is to be asked: each scenario once, in copies, or, where it depends on the model, `repeats` times.

    The plainest scenario comes first: a target that cannot answer it is not asked the others.
    """
    found = []
    for scenario in sorted(scenarios, key=lambda one: (one.name != "text", one.name)):
        count = max(scenario.copies, repeats if scenario.model_dependent else 1)
        names = [scenario.name] if count == 1 else [f"{scenario.name}.{number}" for number in range(1, count + 1)]
        why = _skipped(scenario, target)
        found += [Exchange(scenario, folder / f"{name}.yaml", skipped=why) for name in names]
    return found


def _skipped(scenario: Scenario, target: Target) -> str | None:
    """Why a scenario is not asked of a target, or None."""
    if scenario.name in target.skip:
        return f"skipped: {target.skip[scenario.name]}"
    if scenario.http2 and not target.url.startswith("https:"):
        return "skipped: HTTP/2 needs https"
    return None


def fresh(folder: Path) -> None:
    """Makes a folder. Raises StorageError where that fails, UsageError where it is there and holds something."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise StorageError(str(folder), f"cannot be made ({error.strerror}).", "Choose another --output.") from error
    if taken:
        hint = "Choose another --output, or go on with it by --resume; runs are never mixed."
        raise UsageError(f"The folder {folder} is not empty.", hint)


def folder_name(target: str, now: datetime | None) -> str:
    """`api.example.com-20261120T093000Z`; without a time the name alone. Safe in every file system."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", target).strip("-.") or "target"
    return name if now is None else f"{name}-{now:%Y%m%dT%H%M%SZ}"


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return sha256(path.read_bytes()).hexdigest()
