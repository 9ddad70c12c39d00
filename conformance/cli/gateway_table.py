"""What `conformance gateway` prints: what reached the client, added time, cancellation, failures; by protocol.

Law: reads judged runs and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from ..core.sandwich import SANDWICH, Sandwich
from ..render._text import millis, plural, wrap
from .output import columns

if TYPE_CHECKING:
    from ..core.finding import Run
    from ..edge.runner_folder import Session

TIMED = ("text", "fast", "load")
"""Cases whose times say most: single events, many events, many streams."""
EARLY = "early"
"""In place of a time: the client had it before the upstream wrote it. A gateway that says 200 and asks then does so."""
Rows = list[list[str]]
_ROOM = 26
"""Columns in front of names of cases."""
_REACHED = {
    "identical": "the same bytes",
    "json": "the same JSON",
    "equivalent": "an equivalent message",
    "changed": "a changed message",
    "lost": "not all of it",
}
"""Value of the trait gateway.bytes -> its words, the best first."""
_TOLD: Mapping[object, str] = {
    "error": "by an error",
    "broken": "by the broken body",
    "hang": "by waiting",
    "silent": "NO",
    None: "by the missing end",
}
"""Value of the trait gateway.failure -> how the client can tell."""


def tables(sessions: Sequence[Session], runs: Mapping[str, Run]) -> Iterator[str]:
    """The blocks of every session."""
    for session in sessions:
        by_case = {name: same for name, same in _by_case(session, runs) if same}
        statuses = _statuses(session)
        made = [_reached(by_case), _added(by_case), _cancelled(by_case), _failing(by_case), _refused(by_case, statuses)]
        blocks = [rows for rows in made if len(rows) > 1]
        if blocks and len(sessions) > 1:
            yield f"\n{session.target.protocol}"
        for rows in blocks:
            yield ""
            yield from _grid(rows)


def _by_case(session: Session, runs: Mapping[str, Run]) -> Iterator[tuple[str, list[Run]]]:
    for name, same in groupby(session.exchanges, key=lambda one: one.scenario.name):
        yield name, [run for one in same if (run := runs.get(str(one.path))) is not None]


def _grid(rows: Rows) -> Iterator[str]:
    from tabulate import tabulate

    heads, *rest = rows
    aligned = ["left", *["right" if len(heads) > 2 else "left"] * (len(heads) - 1)]
    table = [[click.style(name, dim=True) for name in heads], *rest]
    yield from tabulate(table, tablefmt="plain", disable_numparse=True, colalign=aligned).splitlines()


def _name(case: str, same: Sequence[Run]) -> str:
    return f"{case} x{len(same)}" if len(same) > 1 else case


def _reached(by_case: Mapping[str, list[Run]]) -> Rows:
    """What of the upstream's answer reached the client, and in which cases."""
    cases: dict[str, list[str]] = {}
    for case, same in by_case.items():
        answers = (run for run in same if run.traits.get("gateway.status") is None)
        for fidelity in {run.traits.get("gateway.bytes") for run in answers} - {None}:
            cases.setdefault(str(fidelity), []).append(case)
    rows: Rows = [["the client got", "in the cases"]]
    for word in (word for word in _REACHED if word in cases):
        first, *more = wrap(", ".join(cases[word]), columns() - _ROOM)
        rows += [[_REACHED[word], first], *(["", line] for line in more)]
    return rows


def _added(by_case: Mapping[str, list[Run]]) -> Rows:
    """Added time, in milliseconds; of several runs the median, and the worst of the worst."""
    rows: Rows = [["added time, ms", "head", "first byte", "event p50", "p95", "max", "per write", "per read"]]
    for case in TIMED:
        same = by_case.get(case, [])
        found = [_over(same, name, median) for name in ("head", "first_byte", "event_p50", "event_p95")]
        found += [_over(same, "event_max", max)]
        found += [_over(same, name, median) for name in ("events_per_write", "events_per_read")]
        if any(found):
            rows.append([_name(case, same), *found])
    return rows


def _over(runs: Sequence[Run], name: str, fold: Callable[[list[float]], float]) -> str:
    """A figure of many runs; empty where none has it."""
    values = [value for run in runs if (value := run.latency.get(f"gateway_{name}")) is not None]
    if not values:
        return ""
    found = fold(values)
    return millis(found) if found >= 0 else EARLY


def _cancelled(by_case: Mapping[str, list[Run]]) -> Rows:
    """How long after a client had left the upstream saw it, and what was pulled meanwhile."""
    rows: Rows = [["client leaves", "seen", "p50, ms", "max, ms", "events pulled"]]
    for case, same in by_case.items():
        if not any("stage" in sandwich.asked for sandwich in _sandwiches(same)):
            continue
        left = [run for run in same if run.cancellation.get("missed") is None]
        if not left:
            rows.append([_name(case, same), "", "", "", f"not left: {same[0].cancellation['missed']}"])
            continue
        seen = sum(run.latency.get("gateway_abort") is not None for run in left)
        pulled = max((int(run.latency.get("gateway_pulled_events") or 0) for run in left), default=0)
        figures = [_over(same, "abort", median), _over(same, "abort", max), f"{pulled:,}"]
        rows.append([_name(case, same), f"{seen}/{len(left)}", *figures])
    return rows


def _statuses(session: Session) -> dict[str, int]:
    return {one.scenario.name: one.answer.status for one in session.exchanges if one.answer is not None}


def _failing(by_case: Mapping[str, list[Run]]) -> Rows:
    """What becomes of a failure in the stream, as three facts: the end of HTTP's body, that of the answer, an error."""
    rows: Rows = [["upstream fails in its stream", "HTTP body", "answer's end", "error", "client can tell"]]
    for case, (run, *_) in by_case.items():
        facts = {name: run.traits.get(f"gateway.{name}") for name in ("framing", "terminal", "error", "failure")}
        whole = facts["failure"] is None and facts["terminal"] in (None, "kept")
        if whole or run.traits.get("gateway.status") is not None:
            continue
        if facts["error"] not in (None, "dropped"):
            facts["failure"] = "error"
        elif facts["failure"] is None and facts["terminal"] == "added":
            facts["failure"] = "silent"
        words = (str(facts[name] or "none") for name in ("framing", "terminal", "error"))
        rows.append([case, *words, _TOLD[facts["failure"]]])
    return rows


def _refused(by_case: Mapping[str, list[Run]], statuses: Mapping[str, int]) -> Rows:
    """What becomes of a refusal, and how often the upstream was asked."""
    rows: Rows = [["upstream refuses", "client gets", "error", "Retry-After", "upstream asked"]]
    for case, (run, *_) in by_case.items():
        for sandwich in _sandwiches([run]):
            answer = sandwich.answer
            if answer is not None and answer.recording.status >= 400:
                kept = [str(run.traits.get(f"gateway.{name}") or "none") for name in ("error", "retry-after")]
                rows.append([case, str(statuses[case]), *kept, plural(len(sandwich.upstream), "time")])
    return rows


def _sandwiches(runs: Sequence[Run]) -> list[Sandwich]:
    found: list[Any] = [run.metadata.get(SANDWICH) for run in runs]
    return [one for one in found if isinstance(one, Sandwich)]
