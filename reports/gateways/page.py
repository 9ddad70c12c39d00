"""Writes reports/gateways.md from recordings of `conformance gateway` and the words in words.toml.

    python reports/gateways/page.py RECORDINGS > reports/gateways.md

RECORDINGS holds a folder for each gateway, as README.md beside this file makes them. Every figure, every finding and
every byte on the page is read from the recordings; the words say what was done, and why it matters.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from conformance import check, load
from conformance.core.finding import Run
from conformance.core.recording import Recording
from conformance.core.sandwich import SANDWICH
from conformance.edge.gateway_pair import judged
from conformance.render._text import plural

HERE = Path(__file__).parent
WORDS = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))
TARGETS = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))["targets"]
FAULTS = ("no-space", "crlf", "multi-line-data", "comments", "utf8-split", "invalid-utf8", "large-event", "slow-drip")
BROKEN = ("error-mid-stream", "fin", "reset", "early-end", "done-missing")
KEPT = {"identical": "=", "json": "≈", "equivalent": "~", "changed": "≠", "lost": "**✗**"}
ABORTS = ("cancel-in-text", "cancel-in-text-silent", "cancel-after-head", "cancel-before-head")
NOT_ASKED = "**not asked**"
_FEW = 3
_BLANK = re.compile(rb"\r?\n\r?\n")
_ROOM = 360
Runs = Mapping[str, list[Run]]


# Reading


@cache
def recordings(root: Path, name: str) -> dict[tuple[str, str], list[Recording]]:
    """Protocol and case -> the client's sides, of one gateway."""
    found: dict[tuple[str, str], list[Recording]] = {}
    for path in sorted((root / name).rglob("*.yaml")):
        for one in judged(load(path)):
            key = str(one.metadata["protocol"]), str(one.metadata["scenario"])
            found.setdefault(key, []).append(one)
    return found


@cache
def runs(root: Path, name: str) -> dict[tuple[str, str], list[Run]]:
    """The same, judged."""
    return {key: [check(one) for one in same] for key, same in recordings(root, name).items()}


def protocol_of(root: Path, name: str) -> str:
    """The protocol whose figures stand in the table: Chat Completions, or the only one."""
    spoken = dict.fromkeys(protocol for protocol, _ in runs(root, name))
    return "openai-chat" if "openai-chat" in spoken else next(iter(spoken))


# Cells: what a gateway does, in a word


def trait(case: str, name: str, empty: str = "") -> Callable[[Runs], str]:
    def cell(cases: Runs) -> str:
        values = dict.fromkeys(_word(run.traits.get(f"gateway.{name}"), empty) for run in cases.get(case, ()))
        return "; ".join(value for value in values if value)

    return cell


def asked(run: Run) -> int:
    """How often the upstream was asked."""
    return len(run.metadata[SANDWICH].upstream)  # type: ignore[attr-defined]


def _word(value: object, empty: str) -> str:
    if isinstance(value, list | tuple):
        more = f" and {len(value) - _FEW} more" if len(value) > _FEW else ""
        return ", ".join(map(str, value[:_FEW])) + more or empty
    return "" if value is None else str(value)


def kept(case: str) -> Callable[[Runs], str]:
    def cell(cases: Runs) -> str:
        found = list(cases.get(case, ()))
        if any(not asked(run) for run in found):
            return NOT_ASKED
        refused = [run for run in found if not run.events]
        words = dict.fromkeys(
            KEPT[str(run.traits["gateway.bytes"])] for run in found if run.traits.get("gateway.bytes")
        )
        return ("empty " if refused else "") + " ".join(words)

    return cell


def end(case: str) -> Callable[[Runs], str]:
    """The three facts of an end: HTTP, the protocol's, an error; and whether a client can tell."""

    def cell(cases: Runs) -> str:
        for run in cases.get(case, ()):
            facts = {name: run.traits.get(f"gateway.{name}") for name in ("framing", "terminal", "error", "failure")}
            http = str(facts["framing"] or "?").rpartition(" ")[2]
            mark = "end made up" if facts["terminal"] == "added" else "no end"
            error = "error" if facts["error"] not in (None, "dropped") else "no error"
            if facts["terminal"] is None:
                return "an error page"
            told = f"{http}, {'end' if facts['terminal'] == 'kept' else mark}, {error}"
            silent = facts["failure"] == "silent" or (facts["terminal"] == "added" and error == "no error")
            return f"**{told}**" if silent else told
        return ""

    return cell


def status(run: Run) -> str:
    return str(run.traits.get("gateway.status") or "?")


def aborted(case: str) -> Callable[[Runs], str]:
    def cell(cases: Runs) -> str:
        left = [run for run in cases.get(case, ()) if run.cancellation.get("missed") is None]
        found = [run for run in left if "gateway_abort" in run.latency]
        seen = [value for run in found if (value := run.latency["gateway_abort"]) is not None]
        if not found:
            return ""
        if not seen:
            return f"**never**, {max(int(run.latency['gateway_pulled_events'] or 0) for run in found):,} events pulled"
        share = f"{len(seen)}/{len(found)}: " if len(found) > 1 else ""
        worst = f" (max {max(seen):,.0f})" if len(found) > 1 else ""
        late = "**" if median(seen) > 2000 else ""
        return f"{share}{late}{median(seen):,.0f} ms{late}{worst}"

    return cell


def figure(case: str, *names: str) -> Callable[[Runs], str]:
    def cell(cases: Runs) -> str:
        made = []
        for name in names:
            values = [value for run in cases.get(case, ()) if (value := run.latency.get(f"gateway_{name}")) is not None]
            made.append(f"{max(0.0, median(values)):,.1f}" if values else "")
        return " / ".join(made) if any(made) else ""

    return cell


def head(cases: Runs) -> str:
    """When the client has the head of an answer whose first byte takes three seconds."""
    for run in cases.get("cancel-after-head", ()):
        return str(run.traits.get("gateway.head") or "with the first byte")
    return ""


def refused(case: str) -> Callable[[Runs], str]:
    def cell(cases: Runs) -> str:
        for run in cases.get(case, ()):
            upstream = asked(run)
            if not upstream:
                return NOT_ASKED
            calls = "" if upstream == 1 else f", **{upstream} requests**"
            after = {"dropped": ", no Retry-After"}.get(str(run.traits.get("gateway.retry-after")), "")
            other = any(finding.rule == "gateway/error-changed" for finding in run.findings)
            error = ", other error" if other else ", no error" if run.traits.get("gateway.error") == "dropped" else ""
            return f"{status(run)}{error}{after}{calls}"
        return ""

    return cell


ROWS: Sequence[tuple[str, Callable[[Runs], str]]] = (
    ("plain answer", kept("text")),
    ("tool call", kept("tools")),
    ("reasoning", trait("reasoning", "reasoning")),
    ("usage, asked for", trait("usage", "usage")),
    ("usage, not asked for", trait("text", "usage")),
    ("comments", trait("comments", "comments")),
    ("unknown members", trait("unknown-members", "members", "kept")),
    ("asks its upstream", trait("text", "request", "as asked")),
    *((f"upstream: {name}", kept(name)) for name in FAULTS),
    ("events come", trait("text", "delivery")),
    ("the head comes", head),
    ("added ms: first byte / event p50 / p95", figure("text", "first_byte", "event_p50", "event_p95")),
    ("450 events in 1.4 s: event p50 / p95", figure("fast", "event_p50", "event_p95")),
    ("50 streams at once: event p50 / p95", figure("load", "event_p50", "event_p95")),
    ("bytes of another stream", trait("load", "load")),
    *((f"upstream: {name}", end(name)) for name in BROKEN),
    *((f"client leaves: {name.removeprefix('cancel-')}", aborted(name)) for name in ABORTS),
    ("50 clients leave", aborted("cancel-many")),
    *((f"upstream refuses: {name.removeprefix('refused-')}", refused(name)) for name in sorted(
        ("refused-429", "refused-500", "refused-503"))),
    ("next question after refusals", kept("refused-then-alive")),
)  # fmt: skip


def matrix(root: Path, names: Sequence[str]) -> Iterator[str]:
    """One column per gateway."""
    chosen = {name: protocol_of(root, name) for name in names}
    yield f"| | {' | '.join(names)} |"
    yield f"| --- |{' --- |' * len(names)}"
    yield f"| version | {' | '.join(TARGETS[name]['version'] for name in names)} |"
    yield f"| asked in | {' | '.join(chosen.values())} |"
    by_case = {
        name: {case: same for (protocol, case), same in runs(root, name).items() if protocol == chosen[name]}
        for name in names
    }
    for title, cell in ROWS:
        yield f"| {title} | {' | '.join(cell(by_case[name]) or '–' for name in names)} |"


# Defects: words, and the bytes that show them


def section(root: Path, name: str) -> Iterator[str]:
    """One gateway: how it was started and asked, and what is wrong with it."""
    words, target = WORDS["gateways"][name], TARGETS[name]
    yield f"\n### {name} {target['version']}\n"
    yield words["what"].strip() + "\n"
    yield "```sh"
    yield from words["command"].strip().splitlines()
    yield "```\n"
    for number, defect in enumerate(words.get("defects", ()), 1):
        yield from _defect(root, name, number, defect)
    if not words.get("defects"):
        yield "No defect was found.\n"


def _defect(root: Path, name: str, number: int, defect: Mapping[str, Any]) -> Iterator[str]:
    protocol, _, case = defect["shown"].rpartition("/")
    found = runs(root, name)[protocol, case]
    yield f"{number}. **{defect['title'].strip()}** {defect.get('why', '').strip()}"
    yield ""
    if "rule" in defect:
        broken = [one for run in found for one in run.findings if one.rule == defect["rule"]]
        assert broken, f"{name}: {defect['rule']} is not broken in {defect['shown']}"
        in_all = sum(
            any(one.rule == defect["rule"] for one in run.findings)
            for same in runs(root, name).values() for run in same
        )  # fmt: skip
        yield f"   `{defect['rule']}` in {plural(in_all, 'stream')}; in `{defect['shown']}`: {broken[0].message}"
        yield ""
    yield "   ```text"
    yield from (f"   {line}" for line in shown(root, name, defect))
    yield "   ```\n"


def shown(root: Path, name: str, defect: Mapping[str, Any]) -> list[str]:
    """The bytes that show a defect, on both sides."""
    protocol, _, case = defect["shown"].rpartition("/")
    return list(_bytes(recordings(root, name)[protocol, case][0], defect))


def _bytes(recording: Recording, defect: Mapping[str, Any]) -> Iterator[str]:
    """What the upstream wrote and what the client read, around the places that the words name, and both ends."""
    sandwich: Any = recording.metadata[SANDWICH]
    for number, one in enumerate(sandwich.upstream, 1):
        again = f" {number}" if len(sandwich.upstream) > 1 else ""
        yield from _side(f"upstream{again}", one.recording, defect.get("upstream"), one.arrived, number == 1)
    yield from _side("client", recording, defect.get("client"), 0.0, True)


def _side(side: str, recording: Recording, places: Sequence[str] | None, shift: float, shown: bool) -> Iterator[str]:
    head = f", head at {recording.headers_at + shift:,.1f} ms" if recording.headers_at is not None else ""
    yield f"{side}: {recording.status or 'no answer'}{head}"
    for name in (places or ()) if shown else ():
        yield from _place(recording, name, shift)
    end = recording.end
    at = f" at {end.at + shift:,.1f} ms" if end.at is not None else ""
    pieces = plural(len(recording.reads), "read" if side == "client" else "write")
    yield f"  {len(recording.body):,} bytes in {pieces}, {end.kind.value}{at}"


def _place(recording: Recording, name: str, shift: float) -> Iterator[str]:
    """`field:NAME`, `last`, or the event that holds some text."""
    kind, _, field = name.partition(":")
    if kind == "field" and field:
        yield f"  {field}: {recording.headers.get(field) or '(none)'}"
        return
    body = recording.body
    at = len(body.rstrip()) - 1 if name == "last" else body.find(name.encode())
    assert at >= 0, f"{name!r} is not in the {len(body)} bytes of {recording.source}"
    start = max((found.end() for found in _BLANK.finditer(body, 0, at)), default=0)
    stop = _BLANK.search(body, at)
    block = body[start : stop.start() if stop else len(body)]
    when = _when(recording, at)
    yield f"  at {when + shift:,.1f} ms:" if when is not None else "  :"
    for line in block.decode("utf-8", "backslashreplace").split("\n"):
        line = line.replace("\r", "\\r")
        yield f"    {line if len(line) <= _ROOM else line[:_ROOM] + '…'}"


def _when(recording: Recording, offset: int) -> float | None:
    come = 0
    for read in recording.reads:
        come += read.size
        if come > offset:
            return read.at
    return None


def page(root: Path) -> Iterator[str]:
    """All lines."""
    yield WORDS["title"].strip()
    yield ""
    yield WORDS["introduction"].strip()
    for group in WORDS["groups"]:
        names = [name for name in group["gateways"] if (root / name).is_dir()]
        yield f"\n## {group['title']}\n"
        yield group["says"].strip() + "\n"
        yield from matrix(root, names)
        for name in names:
            yield from section(root, name)
    yield "\n" + WORDS["end"].strip()


if __name__ == "__main__":
    sys.stdout.write("\n".join(page(Path(sys.argv[1]))) + "\n")
