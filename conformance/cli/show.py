"""Show a recorded stream as it arrived, event by event.

Law: a thin command. The timeline is drawn in render/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import Inputs, inputs

if TYPE_CHECKING:
    from ..core.recording import Recording
    from .work import Judge


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
@click.option("--pair", is_flag=True, help="Both sides of a gateway beside each other (see `conformance gateway`).")
@inputs
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for machines.")
def command(
    path: str, interaction: int | None, raw: bool, part: slice, pair: bool, inputs: Inputs, as_json: bool
) -> None:
    """Show a recorded stream as it arrived, event by event.

    Each line is an event: its time, what it adds, and beneath it the findings that name it. CASSETTE may be
    any file that can be checked, or - for standard input.

    \b
        conformance show recording.yaml
        conformance show recording.yaml --events 10:20 --raw
        conformance show gateway/openai-chat/text.yaml --pair
    """
    if pair and (as_json or raw):
        raise click.UsageError("--pair shows both sides for people: leave --json and --raw out.")
    from ..core.stream import Stream
    from ..edge.load import load
    from ..library import dialect_of, protocol_of
    from ..render._text import ansi
    from ..render._timeline import timeline
    from .files import write
    from .output import columns
    from .work import Judge, pick

    judge = Judge(inputs)
    judge.validate()
    recording = pick(load(path, judge.request), path, interaction)
    if pair:
        _pair(judge, recording, part)
        return
    run = judge.run(recording)
    protocol = protocol_of(recording, inputs.protocol)
    stream = Stream(recording, protocol, dialect_of(recording, protocol, inputs.dialect))
    if as_json:
        from ..render._timeline_json import timeline_json

        write("-", timeline_json(stream, run, part))
        return
    for line in timeline(stream, run, columns(), ansi, raw, part):
        click.echo(line.rstrip())


def _pair(judge: Judge, recording: Recording, part: slice) -> None:
    """Prints both sides of a gateway's exchange. Raises UsageError where there is one side."""
    from ..core.stream import Stream
    from ..core.transparency import comparison_of
    from ..edge.gateway_pair import paired
    from ..errors import UsageError
    from ..library import protocol_of, sided
    from ..render._text import ansi
    from ..render._timeline_pair import pair_timeline
    from .output import columns

    both = sided(paired(recording))
    found = comparison_of(Stream(both, protocol_of(both, judge.inputs.protocol)))
    if found is None:
        what = f"{recording.source or 'The recording'} holds one side of an exchange."
        raise UsageError(what, "Give the client's cassette of a run of `conformance gateway`.")
    for line in pair_timeline(found, judge.run(both), columns(), ansi, part):
        click.echo(line.rstrip())
