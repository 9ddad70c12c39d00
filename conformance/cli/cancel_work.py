"""From a target to the work of `conformance cancel`: where clients leave, who looks on, in which folders.

Law: all names are checked here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import __version__, catalogue
from ..edge.abort_line import How
from ..edge.builtin import builtin_server
from ..edge.cancel import Bounds, Work
from ..edge.cancel_plan import STAGES, USUAL, Wanted, planned
from ..edge.observers import Observer, Spec, observer
from ..edge.observers.upstream import of_served
from ..edge.recorder import Options
from ..edge.runner import MAX_BYTES
from ..edge.runner_folder import Exchange, Session, folder_name, fresh
from ..edge.scenario import Target
from ..errors import UsageError
from ..suite import named, scenario, scenarios, stages
from ..targets import BUILTIN, DEFAULT_PROTOCOL, Asking, builtin_at, opened_all
from .cancel_options import Cancelling

APART = 10.0
"""Milliseconds between the events of the built-in server: what comes in one read leaves no room for a stage."""
TIMEOUT = 60.0
"""Seconds for an answer to come to a stage, if nobody says else."""
_ARGUMENTS = {"prometheus": "engine", "upstream": "log"}
"""What stands behind the colon of `--observe KIND:...`."""
_HTTP1, _HTTP2 = (How.CLOSE, How.HALF_CLOSE, How.RESET), (How.CLOSE, How.RST_STREAM)


@contextmanager
def worked(word: str, asking: Asking, cancelling: Cancelling) -> Iterator[tuple[Path, list[Work]]]:
    """The folder, and the work of each protocol. The built-in server, which sees its clients leave, runs meanwhile."""
    wanted = _wanted(asking, cancelling)
    if word != BUILTIN:
        protocols = cancelling.protocols
        with opened_all([word], asking, protocols, alone=not protocols) as (targets,):
            yield _made(targets, wanted, asking, cancelling, [_observers(one, asking, cancelling) for one in targets])
        return
    if cancelling.observers:
        raise UsageError("The built-in server is observed by itself.", "Leave --observe out, or name a target.")
    if How.RST_STREAM in wanted.hows:
        raise UsageError("The built-in server speaks HTTP/1.1 alone.", "For RST_STREAM, name a target.")
    protocols = cancelling.protocols or (DEFAULT_PROTOCOL,)
    with builtin_server(catalogue.data_folder("cassettes"), protocols, apart=APART) as server:
        targets = [builtin_at(server.url, asking, protocol) for protocol in protocols]
        sees = [of_served(lambda: server.served, cancelling.wait) for _ in targets]
        yield _made(targets, wanted, asking, cancelling, [[one] for one in sees])


def _wanted(asking: Asking, cancelling: Cancelling) -> Wanted:
    for name in cancelling.stages:
        named(name, STAGES, "stage")
    hows = tuple(map(How, cancelling.hows)) or (_HTTP2 if asking.http2 else _HTTP1)
    chosen = cancelling.stages or USUAL
    return Wanted(chosen, hows, cancelling.repeats, cancelling.events, cancelling.delay / 1000)


def _observers(target: Target, asking: Asking, cancelling: Cancelling) -> list[Observer]:
    entries = [_entry(text) for text in cancelling.observers] or list(target.observers)
    options = asking.options(target.limits)
    return [observer(Spec(entry["kind"], target, entry, cancelling.wait, options)) for entry in entries]


def _entry(text: str) -> Mapping[str, Any]:
    """`prometheus:vllm` as targets.toml has it: kind and engine."""
    kind, colon, argument = text.partition(":")
    if not colon:
        return {"kind": kind}
    if kind not in _ARGUMENTS:
        raise UsageError(f"The observer {kind!r} takes nothing behind a colon.", "More stands in targets.toml.")
    return {"kind": kind, _ARGUMENTS[kind]: argument}


def _made(
    targets: Sequence[Target],
    wanted: Wanted,
    asking: Asking,
    cancelling: Cancelling,
    observers: Sequence[Sequence[Observer]],
) -> tuple[Path, list[Work]]:
    name = f"cancel-{targets[0].name}"
    root = Path(cancelling.output) if cancelling.output else Path("runs") / folder_name(name, datetime.now(UTC))
    fresh(root)
    bounds = Bounds(cancelling.max_requests, cancelling.within / 1000)
    found = []
    for target, looking in zip(targets, observers, strict=True):
        folder = root / target.protocol if len(targets) > 1 else root
        folder.mkdir(exist_ok=True)
        plan = list(planned(wanted, stages(target.protocol), scenarios(target.protocol), folder))
        session = _session(target, folder, [exchange for exchange, _ in plan])
        short = scenario(target.protocol, "text")
        found.append(Work(session, plan, looking, short, _options(target, asking), bounds))
    return root, found


def _options(target: Target, asking: Asking) -> Options:
    """How the target is asked; an answer that does not come to the stage in time is left."""
    options = asking.options(target.limits)
    told = asking.timeout or target.limits.timeout
    return replace(options, timeout=told or TIMEOUT, max_bytes=options.max_bytes or MAX_BYTES)


def _session(target: Target, folder: Path, exchanges: list[Exchange]) -> Session:
    notes = {"synthetic": True} if target.name == BUILTIN else {}
    tool = {"name": "llm-stream-conformance", "version": __version__}
    about = {"tool": tool, "ruleset": catalogue.RULESET, "command": "cancel"}
    return Session(target, folder, exchanges, notes=notes, about=about)
