"""The museum of faults on the command line: what `replay --faults` lists, and what `--fault` does to recordings.

Law: a list is one block per fault, the name first, in the alphabet's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..core.fault import NamedFault
    from ..core.recording import Recording

_HEAD = """\
Give one to `conformance replay CASSETTE --fault NAME@EVENT:PARAMETER=NUMBER`. EVENT counts from 0; without it, the
fault happens in a place of its own. Several --fault are done one after the other; --speed counts for their times."""


def with_faults(recordings: list[Recording], words: Sequence[str]) -> list[Recording]:
    """The recordings with these faults; standard error tells what some of them cannot show."""
    if not words:
        return recordings
    from .. import museum

    found, told = museum.faulty(recordings, words)
    for line in told:
        click.echo(line, err=True)
    return found


def listed() -> Iterator[str]:
    """The lines that tell of all faults: name, what it does, bug and address, rules that name it."""
    from .. import museum
    from ..render._museum_page import found_by

    yield _HEAD
    for fault in museum.faults().values():
        yield ""
        yield _name(fault)
        yield f"    {fault.does}"
        bugs = [(f"bug {number}", museum.bugs()[number].see) for number in fault.bugs]
        places = [*bugs, *(("see", address) for address in fault.see[len(bugs) :])]
        yield from (f"    {label:<8} {address}" for label, address in places)
        yield f"    {'found by':<8} {found_by(fault)}"


def _name(fault: NamedFault) -> str:
    event = "@EVENT" if any(spot.place for spot in fault.spots.values()) else ""
    settings = ",".join(f"{name}={value:g}" for name, value in fault.settings.items())
    protocols = "" if "*" in fault.spots else f"  ({', '.join(fault.spots)})"
    return f"{fault.name}{event}{':' if settings else ''}{settings}{protocols}"
