"""Fixtures that tests of several rooms share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests import strategies as _profile  # noqa: F401 (the settings of hypothesis, before any test is decorated)

pytest.register_assert_rewrite("tests.protocols.mutants")  # its laws are asserted in other files
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it puts into the background so. Children would inherit it, and never be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
_CORPUS = Path(__file__).parents[1].parent / "shared" / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded streams beside the project. Tests that ask for it are marked `corpus`."""
    if not _CORPUS.is_dir():
        pytest.skip("the recorded streams (../shared/corpus) are not here")
    return _CORPUS
