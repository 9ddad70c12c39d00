"""Numbers as a line of blocks.

Law: the lowest is the lowest block, the highest the highest; what is not known is a blank.
"""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None]) -> str:
    """A character for each value. Values that are all the same stand in the middle."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if high <= low:
        return "".join(" " if value is None else BLOCKS[3] for value in values)
    step = (high - low) / (len(BLOCKS) - 1)
    return "".join(" " if value is None else BLOCKS[round((value - low) / step)] for value in values)
