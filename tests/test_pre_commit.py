"""The hooks for pre-commit: which files they take, and what their commands do with those, as pre-commit runs them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance import catalogue, load, museum
from conformance.cli import group
from conformance.edge.cassette import save

ROOT = catalogue.PACKAGE.parent
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
BUILTIN = catalogue.data_folder("cassettes") / "openai-chat" / "builtin"
KEY = "sk-proj-" + "Zq7Rk2Vb9Xw4Nc6Tm1Pd8Hs3" * 2


def run(hook: dict[str, Any], *files: Path, args: list[str] | None = None) -> Result:
    """The hook's entry, its arguments (or the user's), then the files."""
    command, *words = shlex.split(hook["entry"])
    assert command == "conformance"
    given = hook.get("args", []) if args is None else args
    return CliRunner().invoke(group, [*words, *given, *map(str, files)])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return Path(shutil.copy(BUILTIN / "tools.yaml", tmp_path / "tools.cassette.yaml"))


def test_there_is_a_hook_to_check_and_one_to_redact() -> None:
    assert set(HOOKS) == {"conformance-check", "conformance-redact"}
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language", "files", "types"} <= set(hook)
        assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("tests/cassettes/test_chat/test_it.yaml", True),
        ("cassettes/tools.json", True),
        ("recorded/tools.cassette.yaml", True),
        ("recorded/tools.cassette.yml", True),
        ("stream.sse", True),
        ("config.yaml", False),
        ("package.json", False),
        ("mycassettes/tools.yaml", False),
        ("cassettes/README.md", False),
    ],
)
def test_only_recordings_are_taken(name: str, taken: bool) -> None:
    assert {bool(re.search(hook["files"], name)) for hook in HOOKS.values()} == {taken}


def test_what_conforms_may_be_committed(good: Path) -> None:
    result = run(HOOKS["conformance-check"], good)
    assert result.exit_code == 0, result.output


def test_a_finding_or_no_verdict_holds_the_commit_back(good: Path, tmp_path: Path) -> None:
    recordings, _ = museum.faulty(load(good), ["tool-index-missing"])
    save(good, recordings)
    result = run(HOOKS["conformance-check"], good)
    assert result.exit_code == 1
    assert "openai-chat/tool-call-index-missing" in result.output
    empty = tmp_path / "empty.sse"
    empty.touch()
    assert run(HOOKS["conformance-check"], empty).exit_code == 3


def test_a_key_holds_the_commit_back_and_is_taken_out_where_that_is_wanted(good: Path) -> None:
    text = good.read_text(encoding="utf-8")
    good.write_text(text.replace("content-type:", f"authorization:\n      - Bearer {KEY}\n      content-type:", 1))
    assert KEY in good.read_text(encoding="utf-8")
    told = run(HOOKS["conformance-redact"], good)
    assert told.exit_code == 1 and KEY not in told.output
    assert KEY in good.read_text(encoding="utf-8"), "to look is not to touch"
    assert run(HOOKS["conformance-redact"], good, args=[]).exit_code == 0
    assert KEY not in good.read_text(encoding="utf-8")
    assert run(HOOKS["conformance-redact"], good).exit_code == 0
