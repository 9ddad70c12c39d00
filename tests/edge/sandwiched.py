"""What the tests and the benchmark of the sandwich share: cases through a gateway that does what it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from conformance import gateways
from conformance.cli.options import Inputs
from conformance.cli.work import Judge
from conformance.core.finding import Run
from conformance.edge.gateway import GatewayTest
from conformance.edge.gateway_plan import Plan
from conformance.edge.gateway_upstream import UpstreamServer
from conformance.edge.recorder import Options
from conformance.edge.runner_folder import Session, exchanges
from conformance.edge.scenario import Target
from conformance.suite import endpoint

from .controllable_gateway import Behaviour, gateway

CHAT = "openai-chat"
OPTIONS = Options(timeout=20.0, idle=10.0)


def through(
    folder: Path,
    behaviour: Behaviour,
    *names: str,
    within: float = 0.3,
    copies: int | None = None,
    running: Callable[[Behaviour, int], AbstractContextManager[str]] = gateway,
) -> Mapping[str, list[Run]]:
    """The judged runs of these cases, by case, through a gateway that behaves so; `running` starts it."""
    spoken = endpoint(CHAT)
    folder.mkdir(exist_ok=True)
    cases = [replace(gateways.case(name), **({"copies": copies} if copies else {})) for name in names]
    with UpstreamServer(gateways.spoken, ["mock"]) as upstream, running(behaviour, upstream.port) as url:
        target = Target("controllable", spoken.url(url, "mock"), spoken, "mock")
        asked = [one for case in cases for one in exchanges([gateways.question(case, CHAT)], folder, target)]
        session = Session(target, folder, asked, about={"tool": {}, "ruleset": ""})
        test = GatewayTest(upstream, Plan(gateways.cases(), gateways.play, gateways.stage, within), OPTIONS)
        test.run([session], lambda exchange: None, lambda exchange: None)
        assert [one.error for one in asked] == [None] * len(asked)
    found: dict[str, list[Run]] = {}
    for exchange in asked:
        judged = Judge(Inputs()).file(str(exchange.path))
        assert isinstance(judged, list)
        found.setdefault(exchange.scenario.name, []).append(judged[0][0])
    return found
