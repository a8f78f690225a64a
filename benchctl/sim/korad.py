"""An instrument whose messages have no end: commands are recognised by their pattern as the bytes come in.

Such supplies have no error queue: what they do not understand, or cannot hold, changes nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from benchctl.core.dialect.grammar import Base, BitsField
from benchctl.core.dialect.template import Hole, Template, decimals
from benchctl.core.dialect.voice import Command, Dialect, Model
from benchctl.sim.render import answer
from benchctl.sim.scpi import Misread, number
from benchctl.sim.verbs import Device

MAX_WAITING = 64
CV, BEEP, OUTPUT = 0x01, 0x10, 0x40
"""Bits of the status byte (sigrok wiki, Korad KAxxxxP)."""
_MEMORIES = [f"{word}{digit}" for word in ("RCL", "SAV") for digit in range(1, 6)]
_SWITCHES = [f"{word}{digit}" for word in ("LOCK", "TRACK") for digit in range(2)]
SILENT = tuple(word.encode() for word in [*_MEMORIES, *_SWITCHES])
"""Words of the KA family that change nothing we model (sigrok wiki, Korad KAxxxxP)."""

Act = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A command: its literal start and, if a number follows, how many decimals end it."""

    start: bytes
    places: int | None
    act: Act

    def taken(self, buffer: bytes) -> tuple[int, str] | None:
        """How many bytes of the buffer are this command, and its number; None when it is not (yet) there."""
        if not buffer.startswith(self.start):
            return None
        if self.places is None:
            return len(self.start), ""
        match = re.compile(rb"\d{1,3}(?:\.\d{0,%d})?" % self.places).match(buffer, len(self.start))
        if match is None:
            return None
        whole = len(match.group().partition(b".")[2]) == self.places
        return (match.end(), match.group().decode()) if whole or match.end() < len(buffer) else None

    def may_come(self, buffer: bytes) -> bool:
        """Whether more bytes could still make this command of the buffer."""
        if self.start.startswith(buffer):
            return True
        return (
            self.places is not None
            and buffer.startswith(self.start)
            and not re.search(rb"[^\d.]", buffer[len(self.start) :])
        )


class StreamInstrument:
    """An instrument without line ends. `identity` is its whole `*IDN?` reply."""

    def __init__(self, dialect: Dialect, model: Model, device: Device, identity: str) -> None:
        self.dialect, self.model, self.device, self.identity = dialect, model, device, identity
        self._channel = device.channels[0]
        self._beep = True
        self.phrases = sorted(self._phrases(), key=lambda phrase: -len(phrase.start))

    def connect(self) -> "StreamSession":
        """A fresh connection to the one state."""
        return StreamSession(self)

    def _phrases(self) -> list[Phrase]:
        read, aside = self.device.read, self.device.aside
        found = [Phrase(self.dialect.identify.write, None, lambda _text: self.identity)]
        for query in self.model.queries.values():
            text = answer(query, read, aside)
            flags = any(isinstance(field, BitsField) and field.base is Base.BYTE for field in query.reply.fields)
            found.append(Phrase(_start(query.write), None, self._asking(self._flagged(text) if flags else text)))
        for command in self.model.commands.values():
            found += [Phrase(_start(write), _places(write), self._telling(command)) for write in command.writes]
        found += [Phrase(b"BEEP1", None, self._beeping(True)), Phrase(b"BEEP0", None, self._beeping(False))]
        known = {phrase.start for phrase in found}
        return found + [Phrase(word, None, lambda _text: None) for word in SILENT if word not in known]

    def _flagged(self, text: Callable[[int], str]) -> Callable[[int], str]:
        """The status byte with what is no operation: bit 4 the beep, and while the output is off bit 0, CV."""

        def flagged(channel: int) -> str:
            byte = ord(text(channel))
            return chr(byte | (BEEP if self._beep else 0) | (0 if byte & OUTPUT else CV))

        return flagged

    def _beeping(self, on: bool) -> Act:
        def act(_text: str) -> None:
            self._beep = on

        return act

    def _asking(self, text: Callable[[int], str]) -> Act:
        return lambda _text: text(self._channel)

    def _telling(self, command: Command) -> Act:
        operation, scale = command.operation, command.scale

        def tell(text: str) -> None:
            value = 0.0
            if text:
                limits = self.device.limits(operation, self._channel)
                value = number(text, limits.low * scale, limits.high * scale, limits.default * scale) / scale
            self.device.tell(operation, self._channel, value)

        return tell


class StreamSession:
    """One connection: bytes become commands as soon as a pattern is whole."""

    def __init__(self, instrument: StreamInstrument) -> None:
        self._phrases = instrument.phrases
        self._buffer = b""

    def handle(self, data: bytes) -> bytes:
        """Take what arrived, answer every command that is whole; what can be none is dropped byte by byte."""
        self._buffer += data
        replies = b""
        while self._buffer:
            said = self._next()
            if said is None:
                break
            replies += said
        return replies

    def _next(self) -> bytes | None:
        for phrase in self._phrases:
            taken = phrase.taken(self._buffer)
            if taken is not None:
                self._buffer = self._buffer[taken[0] :]
                return _said(phrase, taken[1])
        if len(self._buffer) < MAX_WAITING and any(phrase.may_come(self._buffer) for phrase in self._phrases):
            return None
        self._buffer = self._buffer[1:]
        return b""


def _said(phrase: Phrase, text: str) -> bytes:
    try:
        return (phrase.act(text) or "").encode("latin-1")
    except Misread:
        return b""


def _start(template: Template) -> bytes:
    pieces = template.pieces
    return "".join(piece for piece in pieces if isinstance(piece, str)).encode("latin-1")


def _places(template: Template) -> int | None:
    return next((decimals(piece) for piece in template.pieces if isinstance(piece, Hole) and piece.spec), None)
