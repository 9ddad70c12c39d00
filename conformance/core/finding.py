"""The one result model: Finding, Outcome, Run, Report. Every renderer reads these, and only these.

Law: values without behaviour beyond counting; a renderer needs nothing else, and decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .baseline import BaselineCheck
    from .diff_shape import Shape
    from .picture import Picture
    from .trend import Trend


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
    TRANSPARENCY = "transparency"
    """What a gateway makes of its upstream's stream."""


class Verdict(StrEnum):
    """What became of one rule, or of a whole run. "We could not tell" is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    NOT_RECORDED = "not-recorded"
    INCONCLUSIVE = "inconclusive"
    """The model, or the server, did something else than what a scenario is there to show."""
    KNOWN = "known"
    """Broken, and listed in the baseline that the run is held against."""
    NEW = "new"
    """Of a rule that is newer than the ruleset that counts: it judged, and does not count."""


JUDGED = (Verdict.PASS, Verdict.FAIL, Verdict.KNOWN, Verdict.WAIVED)
"""The verdicts that say something of the stream; all others are "we could not tell"."""

LETTERS = {
    Verdict.PASS: "p",
    Verdict.FAIL: "f",
    Verdict.WAIVED: "w",
    Verdict.NOT_APPLICABLE: "n",
    Verdict.NOT_RECORDED: "r",
    Verdict.INCONCLUSIVE: "i",
    Verdict.KNOWN: "k",
    Verdict.NEW: "u",
}
"""The letters by which a JSON report tells the outcomes of a run, one for each of its rules."""
NOT_JUDGED = "-"
"""The letter of a rule that did not judge the run: it belongs to another protocol."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a finding stands in the file that was read. Lines and columns count from 1, columns in characters."""

    line: int
    column: int | None = None
    """None: the line is all that is known."""
    end_line: int | None = None
    end_column: int | None = None
    """The column behind the last character."""
    text: str = ""
    """What the file holds from there to the end."""
    remark: str = ""
    """Why this is only near the place, as a sentence; empty where it is the place itself."""


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
    known: str | None = None
    """Why it is known, as the baseline says that lists it, or None."""
    newer: str | None = None
    """The ruleset of its rule (`2027.03`), where that is newer than the one that counts, or None."""
    spot: Spot | None = None
    """Its place in the file; None where nobody looked for it (`edge.locate`), or where there is no file."""

    @property
    def excuse(self) -> str | None:
        """What keeps it from counting: `waived`, `known` or `new`; None where it counts."""
        for word, why in (("waived", self.waived), ("new", self.newer), ("known", self.known)):
            if why is not None:
                return word
        return None

    @property
    def because(self) -> str | None:
        """The words behind the excuse; None where it counts."""
        if self.waived is None and self.newer is not None:
            return f"not counted, its rule came with ruleset {self.newer}"
        return self.known if self.waived is None else self.waived


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
    cancellation: Mapping[str, object] = field(default_factory=dict)
    """Where and how the client left, what it saw then, and what an observer told: `End.observed`; empty elsewhere."""
    picture: Picture | None = None
    """What a report shows of the recording; None where none was asked for, or where the recording was not at hand."""
    shape: Shape | None = None
    """Which fields its events carry, and in which order; None where nobody asked for it."""

    @property
    def findings(self) -> list[Finding]:
        """All findings, worst first, then in stream order; those that do not count come behind those that do."""
        found = [finding for outcome in self.outcomes for finding in outcome.findings]
        return sorted(found, key=lambda f: (-f.level, f.excuse is not None, f.offset if f.offset is not None else -1))

    @property
    def counts(self) -> dict[str, int]:
        """Number of rules per verdict."""
        return dict(Counter(outcome.verdict.value for outcome in self.outcomes))

    def worst(self) -> Level | None:
        """The level of the worst finding that counts, or None."""
        return max((f.level for o in self.outcomes for f in o.findings if f.excuse is None), default=None)


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
    baseline: BaselineCheck | None = None
    """What the runs show of the baseline that they are held against, if there is one."""
    fail_on: Level | None = Level.ERROR
    """From which level on the reader counts a finding as a failure (`--fail-on`); None: none does."""
    trends: Sequence[Trend] = ()
    """How its targets went so far, where a history tells of them."""

    def worst(self) -> Level | None:
        """The level of the worst finding that counts, or None."""
        return max((level for run in self.runs if (level := run.worst()) is not None), default=None)

    def verdicts(self) -> dict[str, int]:
        """Number of runs per verdict."""
        return dict(Counter(run.verdict.value for run in self.runs))

    @property
    def judged(self) -> bool:
        """True where any run has a verdict."""
        return any(run.verdict in JUDGED for run in self.runs)

    def exit_code(self, fail_on: Level = Level.ERROR) -> int:
        """0 conforms, 1 findings at or above `fail_on` or a stale entry of the baseline, 3 no verdict (nothing judged,
        or some input unreadable)."""
        worst = self.worst()
        if (worst is not None and worst >= fail_on) or (self.baseline is not None and self.baseline.stale):
            return 1
        return 0 if self.judged and not self.failures else 3
