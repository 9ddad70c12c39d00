"""The pictures of the README: there, small enough to load, and one for the dark."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN = re.findall(r'(?:srcset|src)="(docs/img/[^"]+)"', (ROOT / "README.md").read_text(encoding="utf-8"))


def test_every_picture_has_one_for_the_dark_and_none_is_forgotten() -> None:
    assert {path.name for path in (ROOT / "docs" / "img").glob("*.png")} == {Path(one).name for one in SHOWN}
    names = {name.removesuffix(".png") for name in map(str, SHOWN)}
    assert {name.removesuffix("-dark") for name in names if name.endswith("-dark")} == {
        name.removesuffix("-light") for name in names if name.endswith("-light")
    }


def test_a_picture_is_a_png_of_less_than_300_kb() -> None:
    assert SHOWN
    for name in SHOWN:
        data = (ROOT / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < 300_000, name
