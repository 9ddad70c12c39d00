"""The suite against a live target: every scenario and rule is a test, and what is asked is recorded once.

    conformance::openai-chat::tools::openai-chat/id-changes

Law: which tests there are is known without asking anybody, so that every worker of xdist collects the same. The target
is asked by the first worker that comes, what the chosen tests need and no more, as `conformance run` asks; the others
wait, and each judges the same folder. A finding fails, what could not be judged is skipped, and where no answer came,
the first test of a scenario is an error.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from .. import catalogue, library
from ..core.finding import JUDGED, Finding, Level, Outcome, Run, Verdict
from ..edge.scenario import Scenario
from ..errors import ConformanceError
from ..render._text import plural
from ..suite import named, scenarios
from ..targets import Asking, protocols_of
from .answers import Answers
from .asserting import told
from .cassettes import Judging

ROOT = "conformance"
_RANK = (
    Verdict.FAIL, Verdict.KNOWN, Verdict.NEW, Verdict.WAIVED, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.NOT_RECORDED,
    Verdict.NOT_APPLICABLE,
)  # fmt: skip
"""Of several answers to one scenario the first of these tells what became of a rule."""
_WAIT = 24 * 3600.0
"""Seconds for which a worker waits for the one that asks; a lock ends with its process."""


class Suite:
    """What `--conformance-target` names: its tests, and what it answered."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._word: str = config.getoption("conformance_target")
        self._output: str | None = config.getoption("conformance_output")
        folder = Path(self._output or "")
        if self._output and not hasattr(config, "workerinput") and folder.exists() and any(folder.iterdir()):
            raise pytest.UsageError(f"--conformance-output: {folder} is not empty. Name a new folder.")
        self._answers: Answers
        self._first: dict[tuple[str, str], RuleItem] = {}
        """The first chosen test of each protocol and scenario, and of each protocol with the scenario ``."""

    # Collecting

    def collect(self, session: pytest.Session) -> Iterator[pytest.Item]:
        """Every scenario and rule of every protocol that the target speaks. Raises pytest.UsageError."""
        try:
            protocols = protocols_of(self._word, self._config.getoption("conformance_protocol"))
            wanted = self._wanted(protocols)
        except ConformanceError as error:
            raise pytest.UsageError(f"--conformance-target: {error}") from error
        found = {protocol: {one.name: self._rules(one) for one in asked} for protocol, asked in wanted.items()}
        return session.genitems(Group.from_parent(session, name=ROOT, nodeid=ROOT, children=found))

    def _rules(self, scenario: Scenario) -> Callable[[pytest.Collector], Iterator[pytest.Item]]:
        """Makes the tests of a scenario: one per rule."""

        def items(parent: pytest.Collector) -> Iterator[pytest.Item]:
            for rule in library.rules_for(catalogue.protocol(scenario.protocol)):
                yield RuleItem.from_parent(parent, name=rule.id, suite=self, scenario=scenario)

        return items

    def _wanted(self, protocols: Sequence[str]) -> dict[str, list[Scenario]]:
        chosen: list[str] = self._config.getoption("conformance_scenario")
        every = {name: one for protocol in protocols for name, one in scenarios(protocol).items()}
        for name in chosen:
            named(name, every, f"scenario of {' or '.join(protocols)}")
        return {
            protocol: [one for one in scenarios(protocol).values() if not chosen or one.name in chosen]
            for protocol in protocols
        }

    # Asking

    def ask(self, items: Sequence[pytest.Item]) -> None:
        """Has the target asked what these tests need, unless another process has done so; judges what it answered."""
        for item in items:
            if isinstance(item, RuleItem):
                self._first.setdefault(item.place, item)
                self._first.setdefault((item.scenario.protocol, ""), item)
        if not self._first:
            return
        folder, done = self._folders()
        with alone(done.with_suffix(".lock")):
            if not done.exists():
                done.write_text(self._record(folder), encoding="utf-8")
        self._answers = Answers(folder, self._config.getoption("conformance_dialect"), done.read_text(encoding="utf-8"))

    def _folders(self) -> tuple[Path, Path]:
        """Where the answers go, and the file that says to all workers that they are there."""
        factory = self._config._tmp_path_factory  # type: ignore[attr-defined]  # what the fixture of that name returns
        base: Path = factory.getbasetemp()
        shared = base.parent if hasattr(self._config, "workerinput") else base
        folder = self._config.invocation_params.dir / (self._output or shared / "conformance-target")
        return folder, shared / "conformance-target.done"

    def _record(self, folder: Path) -> str:
        """Asks, and returns why it could not."""
        from ..cli.run_options import Running
        from ..cli.run_sessions import planned
        from ..edge.runner import run

        option = self._config.getoption
        asking = Asking(model=option("conformance_model"), key_env=option("conformance_key_env"))
        protocols = tuple(dict.fromkeys(protocol for protocol, _ in self._first))
        wanted = Running(self._needed(), protocols=protocols, dialect=option("conformance_dialect"), output=str(folder))
        try:
            with planned([self._word], asking, wanted) as (_, lanes):
                sessions = [session for lane in lanes for session in lane.sessions]
                self._say(sum(len(session.exchanges) for session in sessions))
                run(lanes)
        except ConformanceError as error:
            return str(error)
        if any(session.interrupted for session in sessions):
            raise KeyboardInterrupt
        return ""

    def _needed(self) -> tuple[str, ...]:
        """The scenarios of the chosen tests, and those that are compared with them."""
        twins = {
            one.name
            for protocol, _ in self._first
            for one in scenarios(protocol).values()
            if (protocol, one.twin) in self._first
        }
        return tuple(sorted({name for _, name in self._first if name} | twins))

    def _say(self, count: int) -> None:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and not hasattr(self._config, "workerinput"):
            reporter.write_line(f"Asking {self._word}: {plural(count, 'request')}")

    # What the tests ask

    def check(self, item: RuleItem) -> None:
        """An error in the first test of a protocol, or of a scenario, without an answer; skips the others."""
        protocol, scenario = item.place
        for place, what in ((protocol, ""), protocol), (item.place, f"{scenario} of {protocol}"):
            why = self._answers.failures.get(place)
            if why and self._first[place] is item:
                pytest.fail(f"no verdict on {what}: {why}", pytrace=False)
        if item.place not in self._answers.runs:
            whole = self._answers.failures.get((protocol, ""))
            pytest.skip(
                f"no answer: {self._answers.failures.get(item.place) or whole or 'it is not asked of this target'}"
            )

    def outcome(self, item: RuleItem) -> tuple[Run, Outcome]:
        """What became of a rule in the answers to a scenario, and in which of them."""
        found = [(run, one) for run in self._answers.runs[item.place] for one in run.outcomes if one.rule == item.name]
        if not found:
            pytest.skip("this rule did not judge the answer: it speaks another protocol")
        return min(found, key=lambda pair: _RANK.index(pair[1].verdict))


class Group(pytest.Collector):
    """The suite, a protocol of it, or a scenario."""

    def __init__(self, *, children: Any, **more: Any) -> None:
        """`children`: name -> children; or what makes the tests."""
        super().__init__(**more)
        self._children = children

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """The groups in it, or the tests."""
        if callable(self._children):
            yield from self._children(self)
            return
        for name, children in self._children.items():
            yield Group.from_parent(self, name=name, children=children)


class RuleItem(Judging):
    """One rule, in the answers to one scenario."""

    def __init__(self, *, suite: Suite, scenario: Scenario, **more: Any) -> None:
        super().__init__(**more)
        self.scenario = scenario
        self._suite = suite

    @property
    def place(self) -> tuple[str, str]:
        """Protocol and scenario."""
        return self.scenario.protocol, self.scenario.name

    def setup(self) -> None:
        """Is there an answer?"""
        self._suite.check(self)

    def runtest(self) -> None:
        """Says what became of the rule."""
        run, outcome = self._suite.outcome(self)
        if outcome.verdict not in JUDGED:
            pytest.skip(f"{outcome.verdict.value}: {outcome.reason}")
        if outcome.findings and outcome.verdict is not Verdict.FAIL:
            pytest.xfail(str(outcome.findings[0].because))
        if outcome.findings:
            self._tell(run, outcome)

    def _tell(self, run: Run, outcome: Outcome) -> None:
        """Fails where the findings weigh enough; else they stand in the report (`pytest -rP` shows them)."""
        message = "\n".join([run.source, *told(run, outcome.findings, _body(run)), *_again(run)])
        if worst(outcome.findings) >= self.fail_on:
            pytest.fail(message, pytrace=False)
        self.add_report_section("call", "conformance", message)


def worst(findings: Sequence[Finding]) -> Level:
    """The highest level of findings."""
    return max(finding.level for finding in findings)


def _body(run: Run) -> bytes:
    from ..edge.load import load

    return load(run.source)[run.interaction].body


def _again(run: Run) -> list[str]:
    """How to see it again."""
    return ["", f"  Next: conformance show {run.source}"]


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """As long as the block runs, no other process is in it. The lock ends with its process, however that ends."""
    with closing(sqlite3.connect(path, timeout=_WAIT, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
