"""The committed reports are what the tool makes of the committed recordings, by the commands of their page."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tarfile
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from conformance.cli import group
from conformance.edge import load

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "reports" / "README.md").read_text(encoding="utf-8").replace("\\\n", "")
TABLES = re.findall(r"^conformance (table .+)$", PAGE, re.MULTILINE)
[OURS] = [command for command in TABLES if "reports/servers/recordings" in command]
[THEIRS] = [command for command in TABLES if "../shared/corpus" in command]


def written(words: list[str]) -> list[Path]:
    """The files that a command line writes."""
    return [Path(word) for word in words if word.startswith("reports/") and Path(word).suffix]


def rebuild(command: str, into: Path) -> None:
    """Runs a command of the page, and compares what it writes with what is committed."""
    words = shlex.split(command)
    made = {str(path): str(into / path.name) for path in written(words)}
    assert made, "the command writes no report"
    result = CliRunner().invoke(group, [made.get(word, word) for word in words])
    assert result.exit_code == 0, result.output
    for committed, path in made.items():
        assert Path(path).read_bytes() == (ROOT / committed).read_bytes(), committed


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the recordings of servers where the page's commands look for them."""
    root = tmp_path_factory.mktemp("servers")
    with tarfile.open(ROOT / "reports" / "servers" / "recordings.tar.xz") as recordings:
        recordings.extractall(root / "reports" / "servers", filter="data")
    return root


def test_the_table_of_servers_is_rebuilt_byte_for_byte(servers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(servers)
    rebuild(OURS, servers)


def checked() -> list[tuple[str, str, list[str]]]:
    """(recording, rule, pieces of its bytes) of every finding that somebody held against the bytes."""
    page = (ROOT / "reports" / "servers" / "checked.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+/\S+) \| (\S+/\S+) \| (.+) \| .+ \|$", page, re.MULTILINE)
    assert page.count("\n| ") == len(rows) + 2, "a row that is none"
    assert f"\n{len(rows)} findings" in page
    return [(name, rule, re.findall(r"`([^`]+)`", quoted)) for name, rule, quoted in rows]


def test_the_bytes_of_a_checked_finding_stand_in_its_recording(servers: Path) -> None:
    for name, _, pieces in checked():
        [found] = load.load(servers / "reports" / "servers" / "recordings" / f"{name}.yaml")
        head = "\n".join(f"{key.lower()}: {value}" for key, value in found.headers)
        held = b"\n".join((found.request.body, head.encode(), found.body))
        assert pieces, name
        assert [piece for piece in pieces if piece.encode() not in held] == [], name


def test_a_checked_finding_is_reported() -> None:
    tables = orjson.loads((ROOT / "reports" / "servers.json").read_bytes())["tables"]
    told = {
        (column, row["name"])
        for table in tables
        for row in table["rows"]
        for column, cell in row["cells"].items()
        if cell["state"] in ("fail", "warning", "note", "waived")
    }
    assert {(name.split("/")[0], rule) for name, rule, _ in checked()} <= told


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus")
def test_the_table_of_the_corpus_is_rebuilt_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    rebuild(THEIRS, tmp_path)


def test_every_report_is_named_on_the_page() -> None:
    named = {path.name for command in TABLES for path in written(shlex.split(command))}
    by_hand = {"README.md", "cancel.md", "gateways.md", "gateways.html", "corpus.md", "seeds.md"}
    assert {path.name for path in (ROOT / "reports").iterdir() if path.is_file()} == named | by_hand


@pytest.mark.corpus
def test_the_table_of_the_corpus_is_what_the_rules_find_today() -> None:
    corpus = ROOT.parent / "shared" / "corpus" / "cassettes"
    if not corpus.is_dir():
        pytest.skip("the recordings of other people (../shared/corpus) are not here")
    spec = importlib.util.spec_from_file_location("corpus", ROOT / "benchmarks" / "corpus.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.tables(corpus) in (ROOT / "reports" / "corpus.md").read_text()
