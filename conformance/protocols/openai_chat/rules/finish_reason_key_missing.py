"""A choice has no member `finish_reason`, not even as null.

The API description requires the member in every choice: null while the model generates. Clients that read it as
`choice["finish_reason"]` end with a KeyError on the first chunk. Known of xAI, Cerebras, Perplexity, Z.ai and of
servers that leave out what is null.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = TEXT
BAD = TEXT.swap(',"finish_reason":null', "")


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("C07",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The reason the model stopped generating tokens.",
        ),
        Cite(
            "https://github.com/mlflow/mlflow/issues/23139",
            "[BUG] openai_compatible gateway provider crashes with KeyError: 'finish_reason' on streaming responses "
            "from Claude / Anthropic-compatible endpoints",
        ),
    ),
    breaks=(
        Breaks("MLflow", "https://github.com/mlflow/mlflow/pull/24111"),
        Breaks("LibreChat", "https://github.com/danny-avila/LibreChat/pull/5563"),
    ),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    shapes = stream.view.choice_shapes
    lacking = [seen for shape, seen in shapes.items() if "finish_reason" not in shape]
    if lacking:
        without, total = sum(seen.count for seen in lacking), sum(seen.count for seen in shapes.values())
        first = min(seen.first for seen in lacking)
        yield Fault(f"finish_reason is missing in {without} of {total} choices: null is expected", first, "/choices/0")
