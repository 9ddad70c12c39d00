"""The process behind `conformance proxy --check`: writes the cassettes, and judges each when it is complete.

Law: writing stands in `edge.proxy_desk`, judging in `work`; here the one is handed the other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from ..core.finding import Run
from ..edge.proxy_desk import serve
from .options import Inputs
from .work import Judge

COMMAND = (sys.executable, "-m", "conformance.cli.proxy_desk")


def judge_of(judging: object) -> Callable[[Path], Run | str]:
    """The judge of cassettes: the run, or why there is none."""
    assert isinstance(judging, Inputs)
    judge = Judge(judging)

    def judged(path: Path) -> Run | str:
        found = judge.file(str(path))
        return found[0][0] if isinstance(found, list) else found.message

    return judged


if __name__ == "__main__":
    serve(judge_of, sys.stdin.buffer, sys.stdout.buffer)
