"""A body as the text of one YAML or JSON scalar, made piece by piece while the body grows.

Law: lossless for every sequence of bytes, in both forms, for our loader and for any other; and what was added once is
not formatted again: a recorder rewrites its file several times a second, and the stream must not feel it.

In YAML a body is a literal block, a line of the file for each line of the stream. Where a character forbids that (CR,
NEL, U+2028, BOM, controls) it is a double-quoted scalar, with a line for each line too; where the bytes are not
UTF-8, `!!binary`. libyaml's emitter gives a literal block up at the first tab or emoji, which its reader does not mind;
hence this module. In JSON a body is a string; where it is not UTF-8, the string holds what a lenient reader makes of
it, and `base64_string` beside it the bytes.
"""

from __future__ import annotations

import base64
import re

import orjson

_INDENT = b"        "
"""Where the lines of a body stand: one step in from `string:` of an interaction in a list at the left margin."""
_BREAK = b"\n" + _INDENT
_BLANK = _BREAK + b"\n"
_LITERAL_ASCII = bytes(range(0x20, 0x7F)) + b"\t\n"
_UNLITERAL = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_STYLES = {"yaml": ("literal", "quoted", "binary"), "json": ("string", "binary")}


class Scalar:
    """The scalar of one body: `add` what is settled, `parts` is the text of all that was added and of a tail.

    Both take whole characters; what is added before the last piece is whole lines.
    """

    def __init__(self, form: str) -> None:
        """`form`: `yaml` or `json`."""
        self._form = form
        self._styles = list(_STYLES[form])
        self._text: list[bytes] = []
        self.body = bytearray()
        """All that was added."""

    @property
    def style(self) -> str:
        """How the body is written so far: `literal`, `quoted`, `string` or `binary`."""
        return self._styles[0]

    def add(self, lines: bytes) -> None:
        """Adds what is settled."""
        self.body += lines
        piece = self._piece(lines) if lines else b""
        while piece is None:
            self._styles.pop(0)
            self._text = []
            piece = self._piece(bytes(self.body))
        self._text.append(piece)

    def parts(self, tail: bytes = b"") -> list[bytes]:
        """The text of the scalar, in pieces, as if `tail` had been added."""
        first = (self.body[:1] or tail[:1]).decode("latin-1")
        piece = self._piece(tail) if tail else b""
        if piece is None or (self.style == "literal" and (not first or first == "\n")):
            return self._otherwise(tail)
        text = [*self._text, piece]
        if self.style == "literal":
            indicator = "2" if first in " \t" else ""
            chomping = "+" if (tail or self.body).endswith(b"\n") else "-"
            return [f"|{indicator}{chomping}".encode(), *text]
        if self.style == "binary":
            return _binary(bytes(self.body) + tail, self._form)
        return [b'"', *text, b'"']

    def _otherwise(self, tail: bytes) -> list[bytes]:
        """The text in a style that holds the tail too, or an opening blank line; `tail` may still change."""
        other = Scalar(self._form)
        other._styles = self._styles[1:]
        other.add(bytes(self.body) + tail)
        return other.parts()

    def _piece(self, data: bytes) -> bytes | None:
        """The text of one piece in the present style, or None where the style cannot hold it."""
        if self.style == "literal":
            return _literal(data)
        if self.style == "binary":
            return b""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return orjson.dumps(text)[1:-1] if self.style == "string" else _quoted(text)


def _literal(data: bytes) -> bytes | None:
    """The lines of a literal block, each behind its line break; blank lines stay blank. None: not lossless."""
    if data.translate(None, _LITERAL_ASCII):
        try:
            if _UNLITERAL.search(data.decode("utf-8")):
                return None
        except UnicodeDecodeError:
            return None
    lines = data[:-1] if data.endswith(b"\n") else data
    text = _BREAK + lines.replace(b"\n", _BREAK) + b"\n"
    text = text.replace(_BLANK, b"\n\n").replace(_BLANK, b"\n\n")  # twice: neighbours share their line break
    return text[:-1]


def _quoted(text: str) -> bytes:
    """The inside of a double-quoted YAML scalar, with an escaped line break before each line."""
    lines = text.split("\n")
    out = []
    for number, line in enumerate(lines, 1):
        if line or number < len(lines):
            escaped = orjson.dumps(line)[1:-1]
            out.append(b"\\" + _BREAK + (b"\\" + escaped if line[:1] == " " else escaped))
            out.append(b"\\n" if number < len(lines) else b"")
    joined = b"".join(out)
    if _UNPRINTABLE.search(text):
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", joined.decode()).encode()
    return joined


def _binary(data: bytes, form: str) -> list[bytes]:
    if form == "yaml":
        return [b"!!binary |", (b"\n" + base64.encodebytes(data)).rstrip(b"\n").replace(b"\n", _BREAK)]
    lenient = orjson.dumps(data.decode("utf-8", "replace"))
    return [lenient, b', "base64_string": "', base64.b64encode(data), b'"']
