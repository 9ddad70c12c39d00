"""Every code block of README.md and docs/ does what its page says: it is run, compared, or at least parsed."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import orjson
import pytest
import yaml

from conformance import catalogue, gateways, library, museum, pipeline, suite
from conformance.core.dialect import STRICT
from conformance.edge.builtin import builtin_recordings
from conformance.edge.replay import ReplayServer
from tests.docs_code import Block, Sandbox, blocks, compared, parsed

ROOT = catalogue.PACKAGE.parent
ELSEWHERE = {"vcrpy.md": "test_vcr.py"}
"""Pages whose blocks another test runs, with a server of its own."""
GENERATED = {"commands.md": "test_docs.py"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
INDEX = ROOT / "docs" / "README.md"
RUN = [page for page in PAGES if page != INDEX and page.name not in (*ELSEWHERE, *GENERATED)]
PARSERS = {"toml": tomllib.loads, "yaml": yaml.safe_load, "json": orjson.loads}


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    """What pages find on port 8000: a server that conforms, and is quick."""
    with ReplayServer(builtin_recordings(catalogue.data_folder("cassettes")), speed=0) as running:
        yield running


@pytest.fixture
def sandbox(server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A fresh clone, as far as pages look into it, behind what "Follow along" in docs/README.md says."""
    (tmp_path / "cassettes").symlink_to(ROOT / "cassettes")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for the processes that commands start
    found = Sandbox(tmp_path, server.port)
    for block in blocks(INDEX):
        DOES[block.language](block, found)
    yield found
    found.close()


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_what_a_page_shows_happens(page: Path, sandbox: Sandbox) -> None:
    for block in blocks(page):
        DOES[block.language](block, sandbox)


def shell(block: Block, sandbox: Sandbox) -> None:
    for line in block.commands():
        parsed(line)
    if block.mark != "not run":
        sandbox.shell(block)


def python(block: Block, sandbox: Sandbox) -> None:
    compile(block.code, block.place, "exec")
    if block.file and "/rules/" in block.file:
        rule(block)
    elif block.file:
        sandbox.write(block.file, block.code)
    elif block.mark != "not run":
        sandbox.python(block)


def rule(block: Block) -> None:
    """A rule's file does what tests/test_rules.py asks: GOOD breaks nothing, BAD breaks this rule."""
    name = str(block.file).removesuffix(".py").replace("/", ".")
    module = ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(block.code, block.place, "exec"), module.__dict__)
        made = module.check
        assert made.id not in catalogue.rules(), f"{block.place}: this rule is there already"
        for example, expected in ((module.GOOD, set()), (module.BAD, {made.id})):
            recording = example.recording()
            found = pipeline.check(recording, library.protocol_of(recording), [made], STRICT).findings
            assert {finding.rule for finding in found} == expected
    finally:
        del sys.modules[name]


def data(block: Block, sandbox: Sandbox) -> None:
    value = PARSERS[block.language](block.code)
    assert value, f"{block.place} is empty"
    for line in strings(value):
        for command in line.split("\n"):
            parsed(command.strip())
    if block.file:
        fitting(sandbox.write(block.file, block.code), value)


def strings(value: Any) -> Iterator[str]:
    """Every string in a value: a step's script may stand anywhere."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def text(block: Block, sandbox: Sandbox) -> None:
    if block.mark == "output":
        missing = list(compared(sandbox.here(block.code), sandbox.printed))
        assert missing == [], f"{block.place}: not printed: {missing}\n{sandbox.printed}"


DOES = {"sh": shell, "python": python, "toml": data, "yaml": data, "json": data, "text": text}


def fitting(path: Path, value: dict[str, Any]) -> None:
    """Holds a file to what it is, by its name and its content."""
    if path.name == "targets.toml":
        held(value, "targets.json")
    elif "title" in value and path.suffix == ".toml":
        catalogue.read_dialect(path)
    elif ".github" in path.parts:
        workflow(value)
    elif path.name == ".pre-commit-config.yaml":
        hooks(value)


def held(value: object, schema: str) -> None:
    jsonschema.validate(value, orjson.loads((catalogue.data_folder("schemas") / schema).read_bytes()))


def workflow(value: dict[str, Any]) -> None:
    """The steps that use the action give inputs that it has."""
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    steps = [step for job in value["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "/llm-stream-conformance@" in step.get("uses", "")]
    for step in ours:
        assert set(step["with"]) <= set(inputs)


def hooks(value: dict[str, Any]) -> None:
    """The hooks are those that there are."""
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    used = [hook["id"] for repo in value["repos"] if "llm-stream" in repo["repo"] for hook in repo["hooks"]]
    assert used and set(used) <= known


def test_every_block_that_is_not_run_says_why() -> None:
    quiet = [block.place for page in RUN for block in blocks(page) if block.mark == "not run" and len(block.why) < 15]
    assert quiet == []


def test_every_page_is_run_here_or_elsewhere() -> None:
    for page, where in (ELSEWHERE | GENERATED).items():
        assert (ROOT / "docs" / page).is_file()
        assert (ROOT / "tests" / where).is_file()
    assert {block.language for page in RUN for block in blocks(page)} <= set(DOES)


def test_the_index_names_every_page() -> None:
    index = INDEX.read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if page != INDEX and f"({page.name})" not in index] == []


@pytest.mark.parametrize(
    ("page", "words", "count"),
    [
        ("README.md", "{} known bugs", lambda: len(museum.faults())),
        ("CHANGELOG.md", "museum of {} faults", lambda: len(museum.faults())),
        ("CHANGELOG.md", "{} scenarios", lambda: sum(len(suite.scenarios(name)) for name in suite.endpoints())),
        ("CHANGELOG.md", "how {} gateways", lambda: len(gateways.configs())),
        ("docs/faults.md", "two of {}.", lambda: len(museum.faults())),
        ("docs/validate-a-gateway.md", "how {} gateways", lambda: len(gateways.configs())),
        ("docs/validate-a-gateway.md", "the {} cases", lambda: len(gateways.cases())),
    ],
)
def test_what_pages_count_is_counted_right(page: str, words: str, count: Callable[[], int]) -> None:
    assert words.format(count()) in (ROOT / page).read_text(encoding="utf-8")


def test_a_wrong_block_is_seen(sandbox: Sandbox) -> None:
    """The tests above would prove nothing if this passed."""
    page = sandbox.folder / "page.md"
    wrong = ["```sh\nconformance check nowhere.yaml\n```", "```sh\nconformance check --no-such-option\n```",
             "```python\nassert 1 == 2\n```", "```toml\n# targets.toml\nx = 1\n```"]  # fmt: skip
    for told in wrong:
        page.write_text(f"{told}\n", encoding="utf-8")
        (block,) = blocks(page)
        with pytest.raises((AssertionError, jsonschema.ValidationError, Exception)):
            DOES[block.language](block, sandbox)
    page.write_text("<!-- output -->\n```text\none\n...\nthree\n```\n", encoding="utf-8")
    (block,) = blocks(page)
    assert list(compared(block.code, "one\ntwo\n")) == ["three"]
    assert list(compared(block.code, "one\ntwo\nthree\n")) == []
