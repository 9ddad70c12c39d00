"""Writes the recordings of the built-in server: `python cassettes/make_builtin`. A test holds the files to it.

Law: the entry alone. What all protocols share stands in `common`, each protocol's streams in the module of its name.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent)]

from conformance.edge.cassette import save  # noqa: E402
from make_builtin.common import recording, scenarios  # noqa: E402

PROTOCOLS = [path.stem for path in sorted(HERE.glob("[a-z]*_*.py"))]
"""The modules whose names are protocols: `openai_chat`, ..."""


def main(folder: Path = HERE.parent) -> None:
    """Writes all recordings into `folder`/PROTOCOL/builtin/."""
    for name in PROTOCOLS:
        speaker = import_module(f"make_builtin.{name}")
        for scenario in scenarios(speaker.PROTOCOL):
            path = folder / speaker.PROTOCOL / "builtin" / f"{scenario.name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            save(path, [recording(speaker, scenario)])


if __name__ == "__main__":
    main()
