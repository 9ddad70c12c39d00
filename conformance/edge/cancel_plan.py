"""What `conformance cancel` does: every stage by every way, several times.

Law: pure. What a stage looks like in a protocol is data (`stages/<protocol>.toml`), what it means stands here. A stage
that a protocol does not have is planned and skipped with the reason, so that nobody takes it for done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .abort import UNANSWERED, Stage
from .abort_line import How
from .cancel import Leaving
from .runner_folder import Exchange
from .scenario import Scenario

STAGES: Mapping[str, Mapping[str, Any]] = {
    "before-head": {"before_head": True, "late": "the head came first"},
    "after-head": {"events": 0, "late": "the first token came with the head", "lacking": "no event followed the head"},
    "after-events": {"lacking": "fewer events came"},
    "in-reasoning": {"lacking": "no reasoning came", "late": "text came with the reasoning"},
    "in-tool-arguments": {"lacking": "no tool arguments came", "late": "the arguments came whole, in one read"},
    "after-finish": {"lacking": "no finish reason came", "late": "usage came with the finish reason, in one read"},
    "after-terminal": {"lacking": "no terminal event came"},
    "unstreamed": {"before_head": True, "late": "the answer came first"},
}
"""What is always the same of a stage; the patterns are the protocol's."""
USUAL = tuple(name for name in STAGES if name != "unstreamed")
"""Stages that are tried where nobody names any: an answer that does not stream has no stages."""
ENGINES_DONE = ("after-finish", "after-terminal")
"""Stages at which nothing is generated any more."""
WITHIN = ("after-events", "in-reasoning", "in-tool-arguments")
"""Stages that last for a while."""
ALIVE, PROPAGATED = "cancel/next-request-fails", "cancel/not-propagated"
"""Rules that must apply for a leaving to be conclusive."""
_WATCHED = {"after-terminal": "terminal", "after-finish": "finish"}
"""Stages by whose patterns one knows what came behind the leaving."""


@dataclass(frozen=True)
class Wanted:
    """What is to be done. `events`: after how many of them; `delay`: seconds between a stage and the leaving."""

    stages: Sequence[str] = USUAL
    hows: Sequence[How] = (How.CLOSE, How.HALF_CLOSE, How.RESET)
    repeats: int = 3
    events: int = 3
    delay: float = 0.0


def planned(
    wanted: Wanted, stages: Mapping[str, Mapping[str, str]], scenarios: Mapping[str, Scenario], folder: Path
) -> Iterator[tuple[Exchange, Leaving]]:
    """Every leaving with the exchange that becomes its cassette, stage by stage."""
    watch = {word: stages[name]["seen"] for name, word in _WATCHED.items() if "seen" in stages[name]}
    for name in wanted.stages:
        data = stages[name]
        absent = data.get("absent")
        stage = _stage(name, data, wanted)
        for how in wanted.hows:
            asked = scenarios[data.get("scenario", "text")]
            shown = _scenario(name, how, asked)
            leaving = Leaving(stage, how, asked, name in ENGINES_DONE, name in WITHIN, watch)
            for number in range(1, 1 + (1 if absent else wanted.repeats)):
                path = folder / f"{name}.{how.value}.{number}.yaml"
                yield Exchange(shown, path, skipped=f"skipped: {absent}" if absent else None), leaving


def _stage(name: str, data: Mapping[str, str], wanted: Wanted) -> Stage:
    patterns = {key: data[key] for key in ("seen", "unless") if key in data}
    own = {"events": wanted.events} if name == "after-events" else {}
    return Stage(name, delay=wanted.delay, **{**STAGES[name], **patterns, **own})


def _scenario(name: str, how: How, scenario: Scenario) -> Scenario:
    """What is asked of the answer: that the client left at this stage, and that somebody saw what became of it."""
    exempt = how is How.HALF_CLOSE or name in ("after-terminal", "unstreamed")
    early = bool(STAGES[name].get("before_head"))
    expect = {"rules": [ALIVE if exempt else PROPAGATED]}
    return replace(
        scenario,
        name=f"cancel-{name}-{how.value}",
        statuses=(UNANSWERED, 200) if early else (200,),
        expect=expect,
        cancel={"after_events": 0},
        twin=None,
    )
