"""What a person is asked to do, and what hangs where as a result. Off comes first: no prompt opens under power."""

from dataclasses import dataclass

from benchctl.core.messages import MoveLeads, PromptAsked, PromptClosed, PromptKind
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place
from benchctl.core.run.unit import Unit

_TEXTS = {
    PromptKind.CONNECT: "Hang {serial} on {place}: meter leads first, then sense, then power. Mind the polarity.",
    PromptKind.PROBE: "Put the meter leads of {place} on {serial}. Leave the power leads off.",
    PromptKind.ISOLATE: "Take the power leads of {place} off {serial}. Leave the meter leads on.",
    PromptKind.JOIN: "Join {serials} in parallel, plus to plus and minus to minus, a fuse in each plus lead; then hang "
    "them on {place}: meter leads first, then sense, then power. Mind the polarity.",
    PromptKind.SEPARATE: "Take {serials} apart now: the power leads of {place} and every link. Leave the meter leads "
    "on {serial}: within minutes each is read alone.",
}
_BY_HAND = {
    PromptKind.CONNECT: "Hang {serial} on {place}: sense first, then power. Mind the polarity.",
    PromptKind.ISOLATE: "Take the power leads of {place} off {serial}, and the sense leads.",
    PromptKind.JOIN: "Join {serials} in parallel, plus to plus and minus to minus, a fuse in each plus lead; then hang "
    "them on {place}: sense first, then power. Mind the polarity.",
    PromptKind.SEPARATE: "Take {serials} apart now: the power and sense leads of {place} and every link. Keep the "
    "meter's probes at hand: within minutes each is read alone.",
}
"""Where the meter is held by hand, a position has no meter leads of its own."""

READ = "read"
"""The answer that probes give by themselves."""


def is_done(value: str) -> bool:
    """The answer says that it is done."""
    return value.casefold() in ("", "done", "ok", "yes", "y")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing asked of a person."""

    prompt: str
    kind: PromptKind
    place: Place
    units: tuple[Unit, ...]

    @property
    def hangs(self) -> tuple[str, ...]:
        """What hangs there when it is done."""
        serials = tuple(unit.serial for unit in self.units)
        return serials if self.kind is PromptKind.JOIN else serials[:1]


class Hands:
    """Open prompts, at most one a position for its leads, and one a meter for its probes."""

    def __init__(self, out: Outbox) -> None:
        self._out = out
        self._open: dict[str, Prompt] = {}

    @property
    def busy(self) -> bool:
        """A person is being waited for."""
        return bool(self._open)

    def asked(self, place: Place) -> bool:
        """Somebody is to move leads at this position."""
        moving = (prompt for prompt in self._open.values() if prompt.kind is not PromptKind.HOLD_PROBES)
        return any(prompt.place is place for prompt in moving)

    def ask(self, kind: PromptKind, place: Place, *units: Unit) -> None:
        """Ask once: about one battery, or about those of a group."""
        if self.asked(place):
            return
        texts, serials = _TEXTS | (_BY_HAND if place.by_hand else {}), tuple(unit.serial for unit in units)
        text = texts[kind].format(serial=serials[0], serials=", ".join(serials), place=place.name)
        self._ask(kind, place, units, text)

    def ask_for_probes(self, place: Place, unit: Unit, text: str) -> str:
        """Ask for the probes of a hand-held meter; the prompt's id. Whoever asks sees to it that it is asked once."""
        return self._ask(PromptKind.HOLD_PROBES, place, (unit,), text)

    def _ask(self, kind: PromptKind, place: Place, units: tuple[Unit, ...], text: str) -> str:
        prompt = Prompt(self._out.next_prompt(), kind, place, units)
        self._open[prompt.prompt] = prompt
        joined = tuple(unit.serial for unit in units) if len(units) > 1 else ()
        self._out.fact(PromptAsked(prompt.prompt, kind, text, place.name, units[0].serial, joined))
        return prompt.prompt

    def close(self, prompt: str, value: str | None) -> None:
        """An open one needs no answer any more: probes were read by themselves, or are not wanted (None)."""
        del self._open[prompt]
        self._out.fact(PromptClosed(prompt, value, None))

    def find(self, prompt: str) -> Prompt | None:
        """The open prompt of that id."""
        return self._open.get(prompt)

    def answer(self, prompt: str, value: str, operator: str | None) -> None:
        """An open one is done: the leads are where the prompt put them."""
        done = self._open.pop(prompt)
        self._out.fact(PromptClosed(prompt, value, operator))
        if done.kind is PromptKind.ISOLATE:
            done.place.attached = False
        else:
            self._moved(done)

    def _moved(self, done: Prompt) -> None:
        done.place.attached = done.kind in (PromptKind.CONNECT, PromptKind.JOIN)
        other = done.place.hangs != done.hangs
        done.place.hang(*done.hangs)
        if other:
            self._out.order(MoveLeads(done.place.name, done.hangs))

    def withdraw(self) -> None:
        """The run is over: nothing is asked any more."""
        for prompt in tuple(self._open):
            self.close(prompt, None)
