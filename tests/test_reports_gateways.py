"""What gateways.md shows of each defect is what the recordings hold, and the rule that it names is broken there."""

from __future__ import annotations

import importlib.util
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "reports"
PAGE = (REPORTS / "gateways.md").read_text(encoding="utf-8")


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page", REPORTS / "gateways" / "page.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


SCRIPT = script()
DEFECTS = [(name, one) for name, words in SCRIPT.WORDS["gateways"].items() for one in words.get("defects", ())]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings that the page shows: they stand first in the archive."""
    folder = tmp_path_factory.mktemp("gateways")
    wanted = {(name, one["shown"].rpartition("/")[2]) for name, one in DEFECTS}
    with tarfile.open(REPORTS / "gateways" / "recordings.tar.xz", "r|xz") as archive:
        for member in _shown(archive, wanted):
            archive.extract(member, folder, filter="data")
    return folder / "recordings"


def _shown(archive: tarfile.TarFile, wanted: set[tuple[str, str]]) -> Iterator[tarfile.TarInfo]:
    left = set(wanted)
    for member in archive:
        parts = Path(member.name).parts
        key = (parts[1], parts[-1].partition(".")[0])
        if key in wanted:
            left.discard(key)
            yield member
        elif not left:
            return


def test_the_page_shows_these_defects_and_no_others() -> None:
    told = [line.split("**")[1] for line in PAGE.splitlines() if re.match(r"\d+\. \*\*", line)]
    assert sorted(told) == sorted(one["title"] for _, one in DEFECTS)


@pytest.mark.parametrize(("name", "defect"), DEFECTS, ids=[f"{name}: {one['title'][:40]}" for name, one in DEFECTS])
def test_the_bytes_on_the_page_are_those_of_the_recordings(recordings: Path, name: str, defect: dict[str, Any]) -> None:
    block = "\n".join(f"   {line}".rstrip() for line in SCRIPT.shown(recordings, name, defect))
    assert block in "\n".join(line.rstrip() for line in PAGE.splitlines())


@pytest.mark.parametrize(
    ("name", "defect"), [one for one in DEFECTS if "rule" in one[1]], ids=lambda value: str(value)[:60]
)
def test_the_rule_that_a_defect_names_is_broken_there(recordings: Path, name: str, defect: dict[str, Any]) -> None:
    protocol, _, case = defect["shown"].rpartition("/")
    broken = {finding.rule for run in SCRIPT.runs(recordings, name)[protocol, case] for finding in run.findings}
    assert defect["rule"] in broken


def test_every_gateway_of_the_page_has_words_a_version_and_a_column() -> None:
    listed = [name for group in SCRIPT.WORDS["groups"] for name in group["gateways"]]
    assert set(listed) == set(SCRIPT.WORDS["gateways"]) == set(SCRIPT.TARGETS)
    for name in listed:
        assert f"### {name} {SCRIPT.TARGETS[name]['version']}" in PAGE


def test_the_page_for_the_browser_is_small_enough_to_open() -> None:
    assert 100_000 < (REPORTS / "gateways.html").stat().st_size < 3_000_000
