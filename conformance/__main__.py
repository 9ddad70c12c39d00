"""`python -m conformance`: the same as the command `conformance`."""

from __future__ import annotations

from .cli import main

main()
