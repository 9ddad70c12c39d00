"""Show a recorded stream as it arrived, event by event.

Law: a thin command. The timeline is drawn in render/.
"""

from __future__ import annotations

import click

from .options import Inputs, inputs


class EventRange(click.ParamType[slice]):
    """`A:B` as a slice of event indices; either may be left out, and `A` alone is one event."""

    name = "range"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> slice:
        """The slice, or click's error."""
        if isinstance(value, slice):
            return value
        first, colon, last = str(value).partition(":")
        try:
            start = int(first) if first else 0
            stop = (int(last) if last else None) if colon else start + 1
        except ValueError:
            self.fail(f"{value!r} is no range of events. Give it as 10:20, :20, 10: or 10.", param, ctx)
        if start < 0 or (stop is not None and stop < 0):
            self.fail(f"{value!r} counts from the end; events are counted from 0.", param, ctx)
        return slice(start, stop)


@click.command()
@click.argument("path", metavar="CASSETTE")
@click.option(
    "--interaction", type=click.IntRange(0), metavar="N", help="Which recording of the cassette.  [default: 0]"
)
@click.option("--raw", is_flag=True, help="Show the data as sent, not what it changes.")
@click.option("--events", "part", type=EventRange(), metavar="A:B", default=":", help="Only these events.")
@inputs
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for machines.")
def command(path: str, interaction: int | None, raw: bool, part: slice, inputs: Inputs, as_json: bool) -> None:
    """Show a recorded stream as it arrived, event by event.

    Each line is an event: its time, what it adds, and beneath it the findings that name it. CASSETTE may be
    any file that can be checked, or - for standard input.

    \b
        conformance show recording.yaml
        conformance show recording.yaml --events 10:20 --raw
    """
    from ..core.stream import Stream
    from ..edge.load import load
    from ..library import dialect_of, protocol_of
    from ..render._text import ansi
    from ..render._timeline import timeline
    from .output import columns, write
    from .work import Judge, pick

    judge = Judge(inputs)
    judge.validate()
    recording = pick(load(path, judge.request), path, interaction)
    run = judge.run(recording)
    protocol = protocol_of(recording, inputs.protocol)
    stream = Stream(recording, protocol, dialect_of(recording, protocol, inputs.dialect))
    if as_json:
        from ..render._timeline_json import timeline_json

        write("-", timeline_json(stream, run, part))
        return
    for line in timeline(stream, run, columns(), ansi, raw, part):
        click.echo(line.rstrip())
