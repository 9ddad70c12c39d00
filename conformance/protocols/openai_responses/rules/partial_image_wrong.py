"""The partial images do not count 0, 1, 2, ..., or are no Base64.

Each partial image replaces the one before; the index says which it is, and the data are Base64 without line breaks. A
client that decodes nothing shows nothing until the last.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.samples import IMAGE, IMAGE_EVENTS
from conformance.protocols.openai_responses.script import drop, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = IMAGE
BAD = (
    stream(*drop(IMAGE_EVENTS, "image_generation_call.partial_image")),
    stream(
        *edit(IMAGE_EVENTS, "image_generation_call.partial_image", "partial_image_b64", "data:image/png;base64,aGk=")
    ),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R39",),
    cite=(
        Cite(STREAMING, "0-based index for the partial image (backend is 1-based, but this is 0-based for the user)."),
        Cite(STREAMING, "Base64-encoded partial image data, suitable for rendering as an image."),
    ),
    when=lambda stream: None if any(item.images for item in stream.view.items.values()) else "no partial image",
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    for item in stream.view.items.values():
        for expected, (event, data) in enumerate(item.images):
            index, picture = data.get("partial_image_index"), data.get("partial_image_b64")
            if type(index) is int and index != expected:
                yield Fault(f"{item.name}: partial_image_index {index}, expected {expected}", event)
            if isinstance(picture, str) and not _decodes(picture):
                yield Fault(
                    f"{item.name}: the partial image is no Base64: {picture[:40]!r}", event, "/partial_image_b64"
                )


def _decodes(text: str) -> bool:
    try:
        b64decode(text.encode("ascii", "replace"), validate=True)
    except Error:
        return False
    return True
