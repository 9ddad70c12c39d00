"""The one result model: Finding, Outcome, Run, Report. Every renderer reads these, and only these.

Law: values without behaviour beyond counting; a renderer needs nothing else, and decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How bad a finding is. Higher is worse."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """`note`, `warning`, `error`: SARIF's words."""
        return self.name.lower()


class Family(StrEnum):
    """What a rule is about; tables are grouped by it."""

    TRANSPORT = "transport"
    FRAMING = "framing"
    SHAPE = "shape"
    ORDER = "order"
    TOOLS = "tools"
    REASONING = "reasoning"
    USAGE = "usage"
    TERMINATION = "termination"
    ERRORS = "errors"
    CANCELLATION = "cancellation"
    LATENCY = "latency"


class Verdict(StrEnum):
    """What became of one rule, or of a whole run. "We could not tell" is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    NOT_RECORDED = "not-recorded"
    INCONCLUSIVE = "inconclusive"
    """The model, or the server, did something else than what a scenario is there to show."""


JUDGED = (Verdict.PASS, Verdict.FAIL, Verdict.WAIVED)
"""The verdicts that say something of the stream; all others are "we could not tell"."""

LETTERS = {
    Verdict.PASS: "p",
    Verdict.FAIL: "f",
    Verdict.WAIVED: "w",
    Verdict.NOT_APPLICABLE: "n",
    Verdict.NOT_RECORDED: "r",
    Verdict.INCONCLUSIVE: "i",
}
"""The letters by which a JSON report tells the outcomes of a run, one for each of its rules."""
NOT_JUDGED = "-"
"""The letter of a rule that did not judge the run: it belongs to another protocol."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken. `count` tells how many places of the same fault are folded into it."""

    rule: str
    level: Level
    family: Family
    message: str
    event: int | None = None
    """Index among the stream events."""
    offset: int | None = None
    """Byte offset in the body."""
    pointer: str | None = None
    """JSON Pointer into the event's data (RFC 6901)."""
    at: float | None = None
    """Milliseconds since the request was sent."""
    count: int = 1
    waived: str | None = None
    """Why the dialect waives it, or None."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rule in one run. `reason` says why it did not apply or what was not recorded."""

    rule: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Run:
    """One recording, judged."""

    source: str
    interaction: int
    protocol: str | None
    dialect: str
    model: str | None
    verdict: Verdict
    outcomes: tuple[Outcome, ...] = ()
    traits: Mapping[str, object] = field(default_factory=dict)
    latency: Mapping[str, float | int | None] = field(default_factory=dict)
    reproduce: str | None = None
    """A command that asks the same again (`curl -N ...`), without secrets; None where the request is not recorded."""
    metadata: Mapping[str, object] = field(default_factory=dict)
    events: int = 0
    bytes: int = 0
    inconclusive: str | None = None
    """What the recording fails to show of its scenario, and why: then nothing that it keeps counts as a pass."""
    missing: tuple[str, ...] = ()
    """Evidence that the recording does not hold (`framing`), sorted."""

    @property
    def findings(self) -> list[Finding]:
        """All findings, the waived ones too, worst first, then in stream order."""
        found = [finding for outcome in self.outcomes for finding in outcome.findings]
        return sorted(found, key=lambda f: (-f.level, f.waived is not None, f.offset if f.offset is not None else -1))

    @property
    def counts(self) -> dict[str, int]:
        """Number of rules per verdict."""
        return dict(Counter(outcome.verdict.value for outcome in self.outcomes))

    def worst(self) -> Level | None:
        """The level of the worst finding that is not waived, or None."""
        return max((f.level for o in self.outcomes for f in o.findings if f.waived is None), default=None)


@dataclass(frozen=True)
class Failure:
    """An input that could not be judged, and why. The other inputs were."""

    source: str
    message: str


@dataclass(frozen=True)
class Stale:
    """A deviation that a dialect documents and that no longer occurs in any run where its rule applied."""

    dialect: str
    rule: str
    because: str
    runs: int


@dataclass(frozen=True)
class Report:
    """Many runs and what they add up to. `tool` names version and ruleset; there is no clock in it."""

    tool: Mapping[str, str]
    ruleset: str
    runs: Sequence[Run] = ()
    failures: Sequence[Failure] = ()
    stale: Sequence[Stale] = ()

    def worst(self) -> Level | None:
        """The level of the worst finding that is not waived, or None."""
        return max((level for run in self.runs if (level := run.worst()) is not None), default=None)

    def verdicts(self) -> dict[str, int]:
        """Number of runs per verdict."""
        return dict(Counter(run.verdict.value for run in self.runs))

    @property
    def judged(self) -> bool:
        """True where any run has a verdict."""
        return any(run.verdict in JUDGED for run in self.runs)

    def exit_code(self, fail_on: Level = Level.ERROR) -> int:
        """0 conforms, 1 findings at or above `fail_on`, 3 no verdict (nothing judged, or some input unreadable)."""
        worst = self.worst()
        if worst is not None and worst >= fail_on:
            return 1
        return 0 if self.judged and not self.failures else 3
