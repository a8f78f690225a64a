"""The last door before a supply: it lets out nothing above the armed envelope, no unknown line, no ON without a grant.

It is the second wall (safety 3.1, I-1, I-2): whoever made a line, and whatever they believed, the line is read here
once more, by a grammar of its own, against what the dialect file lists and what the run may do at most. Lines that
cannot energise (questions, identity, remote control, every OFF) are known beforehand and pass by one look-up. Clearing
a trip can switch an output on again: it passes only while the last that was heard of every output it is about is that
it is off, and none of them may be switched on.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchctl.core.dialect.repertoire import NUMBERED, Ask, Command, Operation
from benchctl.core.dialect.template import Hole, Template
from benchctl.core.dialect.voice import ReplyFault, Voice, decode, printable

HARMLESS = frozenset(
    {
        Operation.REMOTE,
        Operation.CONFIGURE,
        Operation.OVP_ON,
        Operation.OCP_ON,
        Operation.WATCHDOG_ON,
        Operation.SENSE_REMOTE,
        Operation.SENSE_LOCAL,
        Operation.OUTPUT_OFF,
    }
)
"""Settings that pass at any time. An OFF is one of them."""

_NUMBER = rb"([+-]?\d{1,6}(?:\.\d{1,9})?(?:[eE][+-]?\d{1,2})?)"
_TEXT_ERROR = 1e-6  # what a decimal text may be above its binary number


@dataclass(frozen=True, slots=True)
class Envelope:
    """The most a position may ever be told in a run, in volts, amperes and seconds; None: there is no such protection,
    and so none may be set."""

    voltage_v: float
    current_a: float
    ovp_v: float | None
    ocp_a: float | None
    watchdog_s: float | None

    def most(self, operation: Operation) -> float | None:
        """The most a setting of a number may be; None: it may not be set at all."""
        return {
            Operation.SET_VOLTAGE: self.voltage_v,
            Operation.SET_CURRENT: self.current_a,
            Operation.SET_OVP: self.ovp_v,
            Operation.SET_OCP: self.ocp_a,
            Operation.SET_WATCHDOG: self.watchdog_s,
        }.get(operation)


_OFF = {
    Operation.OVP_OFF: Operation.SET_OVP,
    Operation.OCP_OFF: Operation.SET_OCP,
    Operation.WATCHDOG_OFF: Operation.SET_WATCHDOG,
}
_GUARDED = (Operation.OUTPUT_ON, Operation.CLEAR_TRIP, *_OFF)

NOTHING = Envelope(0.0, 0.0, None, None, None)
"""For a position that takes no part in the run."""


@dataclass(frozen=True, slots=True)
class _Level:
    """A line with a number: what it sets, where, and by what the number is scaled."""

    form: re.Pattern[bytes]
    position: str
    operation: Operation
    scale: float


class Door:
    """Of one supply. `granted` holds the positions whose intent is on disk under a live lease: the loop adds to it, an
    OFF takes away from it; both in one step, so that any thread may ask."""

    def __init__(self, voices: Mapping[str, Voice], envelopes: Mapping[str, Envelope]) -> None:
        self._envelopes = {position: envelopes.get(position, NOTHING) for position in voices}
        self._free = frozenset(line for voice in voices.values() for line in _free_lines(voice))
        self._switches = dict(_switch_lines(voices))
        self._levels = tuple(_levels(voices))
        self._outputs = _output_questions(voices)
        self._off: set[str] = set()
        self.granted: set[str] = set()

    def refusal(self, line: bytes) -> str | None:
        """Why this line may not go out; None: it may."""
        if line in self._free:
            return None
        if (switch := self._switches.get(line)) is not None:
            return self._switch_refusal(*switch)
        for level in self._levels:
            if (found := level.form.fullmatch(line)) is not None:
                return self._level_refusal(level, float(found[1]) / level.scale)
        return f"'{printable(line)}' is nothing that this supply may be told"

    def heard(self, line: bytes, reply: bytes) -> None:
        """What came back for a line that was let out: what an output answers of itself is kept."""
        for position, ask in self._outputs.get(line, ()):
            if _says_off(ask, reply):
                self._off.add(position)
            else:
                self._off.discard(position)

    def _switch_refusal(self, operation: Operation, positions: frozenset[str]) -> str | None:
        if operation is Operation.CLEAR_TRIP:
            unproven = positions - (self._off - self.granted)
            return f"clear_trip while {', '.join(sorted(unproven))} may be on" if unproven else None
        granted = positions & self.granted
        if not granted and operation is Operation.WATCHDOG_OFF:
            return None  # nothing is on: it is let go
        if not granted:
            return f"{operation} of {', '.join(sorted(positions))} without a lease and an intent on disk"
        if operation is Operation.OUTPUT_ON:
            self._off -= positions
        needed = _OFF.get(operation)
        kept = [one for one in granted if needed is not None and self._envelopes[one].most(needed) is not None]
        return f"{operation} of {', '.join(kept)}, which charges behind that protection" if kept else None

    def _level_refusal(self, level: _Level, amount: float) -> str | None:
        most = self._envelopes[level.position].most(level.operation)
        if most is not None and level.position in self.granted and 0.0 <= amount <= most + _TEXT_ERROR:
            return None
        limit = "no level at all" if most is None else f"at most {most:g}"
        return f"{level.operation} {amount:g} at {level.position}: {limit}, and only with a lease and an intent on disk"


def _free_lines(voice: Voice) -> Iterator[bytes]:
    """Questions, and the settings that pass at any time."""
    yield voice.dialect.identify.write
    for query in voice.model.queries.values():
        yield _spoken(query.write, voice)
    for operation in HARMLESS & voice.model.commands.keys():
        for write in voice.model.commands[operation].writes:
            yield _spoken(write, voice)


def _output_questions(voices: Mapping[str, Voice]) -> dict[bytes, list[tuple[str, Ask]]]:
    """The lines that ask whether an output is on, each with the positions that it asks about."""
    found: dict[bytes, list[tuple[str, Ask]]] = {}
    for position, voice in voices.items():
        ask = voice.ask(Operation.READ_OUTPUT)
        found.setdefault(ask.exchange.write, []).append((position, ask))
    return found


def _says_off(ask: Ask, reply: bytes) -> bool:
    assert ask.exchange.reply is not None  # it is a question
    try:
        return decode(ask.exchange.reply, reply)[ask.field] is False
    except ReplyFault:
        return False


def _switch_lines(voices: Mapping[str, Voice]) -> Iterator[tuple[bytes, tuple[Operation, frozenset[str]]]]:
    """Lines without a number that are not always let out, each with every position that it is about."""
    about: dict[tuple[bytes, Operation], set[str]] = {}
    for position, voice in voices.items():
        for command in _commands(voice, _GUARDED):
            for write in command.writes:
                about.setdefault((_spoken(write, voice), command.operation), set()).add(position)
    return ((line, (operation, frozenset(places))) for (line, operation), places in about.items())


def _levels(voices: Mapping[str, Voice]) -> Iterator[_Level]:
    for position, voice in voices.items():
        for command in _commands(voice, NUMBERED):
            for write in command.writes:
                yield _Level(_form(write, voice), position, command.operation, command.scale)


def _commands(voice: Voice, operations: Iterable[Operation]) -> list[Command]:
    return [voice.model.commands[one] for one in operations if one in voice.model.commands]


def _spoken(write: Template, voice: Voice) -> bytes:
    return b"".join(_word(piece, voice) for piece in write.pieces) + voice.dialect.write_terminator


def _form(write: Template, voice: Voice) -> re.Pattern[bytes]:
    pieces = (
        _NUMBER if isinstance(piece, Hole) and piece.spec else re.escape(_word(piece, voice)) for piece in write.pieces
    )
    return re.compile(b"".join(pieces) + re.escape(voice.dialect.write_terminator))


def _word(piece: str | Hole, voice: Voice) -> bytes:
    if isinstance(piece, str):
        return piece.encode("ascii")
    words = {"channel": voice.model.channels[voice.channel].token, "range": voice.range_name or ""}
    return words[piece.name].encode("ascii")
