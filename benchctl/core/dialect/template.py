"""What is said to an instrument: literal text with typed holes, and the same text read backwards.

`:SOUR{channel}:VOLT {value:.3f}` has two holes. A hole with a format takes a number and nothing else; a hole
without one takes a word of the dialect file (a channel, a range, a list of channels). No text from outside
ever gets in, so no command can be smuggled into another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HOLE = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_FORMAT = re.compile(r"\+?0?\d{0,2}\.\d{1,2}[fE]|0?\d{0,2}d")


class TemplateFault(ValueError):
    """A template that cannot be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for a number (`spec` is its printf format, `05.2f`) or, with an empty `spec`, for a word."""

    name: str
    spec: str


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and holes, in order."""

    pieces: tuple[str | Hole, ...]

    def holes(self) -> tuple[Hole, ...]:
        """The holes, in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Hole))

    def parts(self) -> tuple[Hole, ...]:
        """Of an answer: the holes that mean something, in order. `{channel}` is the channel's name said back."""
        return tuple(hole for hole in self.holes() if hole.name != "channel")

    def echoing(self, channel: str) -> "Template":
        """Of an answer: with the channel's name said back in its place."""
        return Template(
            tuple(channel if isinstance(piece, Hole) and piece.name == "channel" else piece for piece in self.pieces)
        )

    def bind(self, words: Mapping[str, str]) -> bytes:
        """Fill the word holes. What comes back is ready to send, or, if numbers are still to come, a `%` format.

        Raises KeyError for a word that is not given.
        """
        numeric = any(hole.spec for hole in self.holes())
        return "".join(_bound(piece, words, numeric) for piece in self.pieces).encode("ascii")

    def pattern(self, after: str = "") -> re.Pattern[bytes]:
        """The template read backwards: one group a hole, in order. `after` is what may follow the whole.

        A group never runs past the first character of what follows it, so that matching takes linear time.
        """
        source = ""
        for index, piece in enumerate(self.pieces):
            source += re.escape(piece) if isinstance(piece, str) else f"({self._until(index + 1, after)}*)"
        return re.compile(source.encode("ascii"), re.DOTALL)

    def _until(self, index: int, after: str) -> str:
        following = self.pieces[index] if index < len(self.pieces) else after
        return f"[^{re.escape(following[0])}]" if isinstance(following, str) and following else "."


def template(text: str) -> Template:
    """Read a template. Raises TemplateFault for a brace or a number format that is not understood."""
    pieces: list[str | Hole] = []
    end = 0
    for match in _HOLE.finditer(text):
        _add_literal(pieces, text[end : match.start()])
        if match[2] is not None and _FORMAT.fullmatch(match[2]) is None:
            raise TemplateFault(f"the number format '{match[2]}' is not of the form '.3f', '05.2f', '+.8E' or '03d'")
        pieces.append(Hole(match[1], match[2] or ""))
        end = match.end()
    _add_literal(pieces, text[end:])
    return Template(tuple(pieces))


def decimals(hole: Hole) -> int | None:
    """Digits after the point of a fixed format; None for an exponent format or a word."""
    if not hole.spec or hole.spec.endswith("E"):
        return None
    return int(hole.spec[hole.spec.index(".") + 1 : -1]) if "." in hole.spec else 0


def _bound(piece: str | Hole, words: Mapping[str, str], numeric: bool) -> str:
    if isinstance(piece, Hole):
        return f"%{piece.spec}" if piece.spec else words[piece.name]
    return piece.replace("%", "%%") if numeric else piece


def _add_literal(pieces: list[str | Hole], text: str) -> None:
    if "{" in text or "}" in text:
        raise TemplateFault(f"a brace in '{text}' that opens no hole")
    if not text.isascii():
        raise TemplateFault(f"'{text}' is not ASCII")
    if text:
        pieces.append(text)
