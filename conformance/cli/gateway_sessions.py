"""From a gateway's URL to the sessions of its test: one for each protocol that it answers.

Law: all names are checked here, before anything is sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from .. import __version__, catalogue, gateways
from ..edge.gateway import GatewayTest
from ..edge.gateway_case import Case
from ..edge.gateway_upstream import UpstreamServer
from ..edge.runner_folder import Session, exchanges, folder_name, fresh
from ..edge.scenario import Target
from ..errors import TargetError, UsageError
from ..targets import Asking, declared, opened_all
from .files import STDOUT
from .gateway_options import LOOPBACK, Testing
from .options import Reports

BUILTIN = "builtin-proxy"
"""What our own proxy is called."""
_TICK = 0.5


@contextmanager
def planned(word: str, testing: Testing, asking: Asking) -> Iterator[tuple[Path, list[Session]]]:
    """The folder of the test, not made yet, and its sessions, one per protocol."""
    wanted = _wanted(testing)
    with opened_all([word], asking, testing.protocols or _spoken(word)) as (targets,):
        named = [_named(target, testing) for target in targets]
        name = folder_name(named[0].name, datetime.now(UTC))
        root = Path(testing.output) if testing.output else Path("runs") / name
        several = len(named) > 1
        yield root, [_session(target, wanted, root / target.protocol if several else root) for target in named]


def _spoken(word: str) -> Sequence[str]:
    """The protocols to try: those that the target declares, else all that gateways speak."""
    known = declared().get(word)
    return known.protocols if known is not None and known.protocols else gateways.PROTOCOLS


def _wanted(testing: Testing) -> list[Case]:
    """The cases to run. Raises UsageError for names that there are not."""
    only, without = ({gateways.case(name).name for name in names} for names in (testing.cases, testing.skip))
    found = [one for one in gateways.cases().values() if (not only or one.name in only) and one.name not in without]
    if not found:
        raise UsageError("There is no case left to run.", f"There are: {', '.join(gateways.cases())}.")
    return [replace(one, copies=testing.parallel) if one.together else one for one in found]


def _named(target: Target, testing: Testing) -> Target:
    dialect = testing.dialect
    nameable = dialect and dialect != "auto" and not dialect.endswith(".toml")
    name = target.name if testing.gateway else BUILTIN
    return replace(target, name=name, word=name, dialect=dialect if nameable else target.dialect)


def _session(target: Target, wanted: Sequence[Case], folder: Path) -> Session:
    questions = [gateways.question(case, target.protocol) for case in wanted if case.speaks(target.protocol)]
    about = {"tool": {"name": "llm-stream-conformance", "version": __version__}, "ruleset": catalogue.RULESET}
    order = {case.name: number for number, case in enumerate(wanted)}
    asked = [one for question in questions for one in exchanges([question], folder, target)]
    return Session(target, folder, sorted(asked, key=lambda one: order[one.scenario.name]), about=about)


# Which of them the gateway answers


def speaking(
    test: GatewayTest, sessions: list[Session], testing: Testing, upstream: UpstreamServer, reports: Reports
) -> list[Session]:
    """The sessions whose protocol the gateway answers and forwards. Raises TargetError where that is none, or not one
    that the user asked for."""
    told: dict[str, str] = {}
    _say(f"Our upstream listens on {upstream.url}", reports)
    if not testing.listen.startswith(LOOPBACK):
        _say("That is no loopback address: whoever reaches it gets the recordings.", reports)
    ends = time.monotonic() + testing.wait
    for session in sessions:
        why = test.warm_up(session)
        while why is not None and "cannot be reached" in why and time.monotonic() < ends:
            time.sleep(_TICK)
            why = test.warm_up(session)
        if why is not None:
            told[session.target.protocol] = why
    left = [session for session in sessions if session.target.protocol not in told]
    if not left or (testing.protocols and told):
        protocol, why = next(iter(told.items()))
        hint = f"Its provider must be {upstream.url}: conformance gateway --config-for list."
        raise TargetError(sessions[0].target.url, f"{protocol}: {why.rstrip('.')}.", hint)
    for protocol, why in told.items():
        _say(f"Without {protocol}: {why[:160]}", reports)
    return left


def made(root: Path, sessions: Sequence[Session]) -> None:
    """Makes the folders. Raises StorageError, and UsageError where the first holds something."""
    fresh(root)
    for session in sessions:
        session.folder.mkdir(parents=True, exist_ok=True)


def _say(text: str, reports: Reports) -> None:
    if not reports.quiet:
        click.echo(text, err=STDOUT in reports.files.values())
