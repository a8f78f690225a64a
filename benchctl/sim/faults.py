"""What can be wrong on a simulated bench: the knobs by name, and how a person says when to turn one.

    NAME[:VALUE][@TIME[+DURATION]][/PLACE]        lead.ohm:0.08@30m/P2   net.blackhole@2h+20s/scan1   bms.sleep

TIME and DURATION are seconds, minutes or hours of simulated time (`90s`, `30m`, `2h`); without TIME it is so from the
start, without DURATION for ever. PLACE is a position, or the instrument for what is wrong on a wire.
What a knob does to the bench stands in `fault_acts`, `fault_device` and `fault_wire`.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from math import isfinite
from typing import Final

from benchctl.core.errors import UsageFault


class Target(Enum):
    """What a fault strikes."""

    LEADS = "leads"
    BATTERY = "battery"
    BMS = "BMS"
    SUPPLY = "supply"
    METER = "meter"
    PROBE = "temperature probe"
    WIRE = "connection"


@dataclass(frozen=True, slots=True)
class Value:
    """The number a knob takes: its unit, what it is where none is given, and its range."""

    unit: str
    usual: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing that can be wrong. `once`: without a DURATION it strikes a single exchange."""

    name: str
    target: Target
    does: str
    value: Value | None = None
    once: bool = False


def _of(target: Target, *knobs: tuple[str, str] | tuple[str, str, Value]) -> tuple[Knob, ...]:
    return tuple(Knob(each[0], target, each[1], each[2] if len(each) == 3 else None) for each in knobs)


def _wire(*knobs: tuple[str, str, bool] | tuple[str, str, bool, Value]) -> tuple[Knob, ...]:
    return tuple(Knob(e[0], Target.WIRE, e[1], e[3] if len(e) == 4 else None, e[2]) for e in knobs)


KNOBS: Final = (
    *_of(
        Target.LEADS,
        ("lead.open", "the power leads fall off the battery; the meter leads stay"),
        ("lead.swap", "all leads are on the wrong poles of the battery"),
        ("lead.cross", "the power leads are on the battery of the next position, and its leads on this one"),
        ("lead.ohm", "leads and contacts have this resistance", Value("ohm", 0.08, 0.0, 10.0)),
        ("lead.ramp", "a contact gets worse by this much a minute", Value("milliohm", 10.0, 0.001, 1000.0)),
        ("lead.flaky", "a contact opens for a second, this often", Value("s", 12.0, 3.0, 3600.0)),
        ("lead.short", "the leads touch each other at the battery, and its fuse blows"),
        (
            "link.left",
            "the battery is still joined in parallel with that of the next position, through this much",
            Value("milliohm", 2.0, 0.1, 1000.0),
        ),
        ("sense.open+", "the sense lead of the + pole has come off"),
        ("sense.open-", "the sense lead of the - pole has come off"),
        ("sense.cross", "the sense leads are on the battery of the next position"),
        ("sense.local", "the supply says remote sense, but regulates at its own terminals"),
    ),
    *_of(
        Target.BATTERY,
        ("cell.high", "one cell is ahead of the others by this share of its charge", Value("", 0.08, 0.0, 0.5)),
        ("cell.short", "one cell is shorted; the BMS lets it pass"),
        ("cell.leak", "the battery loses this current inside itself", Value("A", 5.0, 0.0, 100.0)),
        ("cell.cap", "one cell has only this share of its capacity", Value("", 0.5, 0.05, 1.0)),
        ("cell.runaway", "the battery warms by this much a minute", Value("K", 5.0, 0.1, 100.0)),
        ("pack.ohm", "its resistance is this many times larger", Value("times", 5.0, 0.1, 100.0)),
        ("pack.soc", "it is only this full", Value("", 0.0, 0.0, 1.0)),
        ("pack.low", "its cells rest lower than those of the others, by this much", Value("V", 0.19, -1.0, 0.2)),
        ("pack.flat", "it is discharged to 8.5 V"),
        ("pack.24v", "it is a 24 V battery"),
        ("pack.nmc3s", "it has three lithium cells of another chemistry"),
        ("pack.nmc4s", "it has four lithium cells of another chemistry"),
        ("pack.lead_acid", "it is a lead-acid battery"),
        ("pack.swap", "it is taken away; another one, so full, hangs there", Value("", 0.5, 0.0, 1.0)),
        ("pack.gone", "it is taken away, with all its leads"),
        ("pack.heater", "it draws this current every other minute", Value("A", 1.0, 0.0, 20.0)),
        ("rest.step", "its voltage rises by this much at once", Value("V", 0.03, -1.0, 1.0)),
    ),
    *_of(
        Target.BMS,
        ("bms.trip", "it opens against charge"),
        ("bms.hiccup", "it opens and closes, this often", Value("s", 60.0, 5.0, 3600.0)),
        ("bms.sleep", "it sleeps: the terminals are dead"),
        ("bms.stuck", "it never opens, whatever the cells do"),
    ),
    *_of(
        Target.SUPPLY,
        ("psu.ignore_set", "it takes no set point any more, and says nothing"),
        ("psu.stuck_on", "it does not obey OFF, and says so"),
        ("psu.lying_off", "it says off, but its output stays on"),
        ("psu.weld", "its power stage has failed short: it gives this voltage when off", Value("V", 15.5, 0.0, 60.0)),
        ("psu.runaway", "it gives this much more than it is set to, and its OVP is dead", Value("V", 0.4, 0.0, 20.0)),
        ("psu.overcurrent", "it lets through this many times its limit; its OCP is dead", Value("times", 1.5, 1, 10)),
        ("psu.sink", "it draws this current out of the battery while it is on", Value("A", 0.5, 0.05, 20.0)),
        ("psu.trip", "its over-voltage protection trips without a cause"),
        ("psu.ot", "it is too hot: it gives this share of its current limit", Value("", 0.5, 0.0, 1.0)),
        ("psu.clear_reenables", "clearing a trip switches its output on again"),
        ("psu.pcycle", "its mains fail for this long; all it was told is forgotten", Value("s", 10.0, 1.0, 3600.0)),
        ("psu.wdog", "its watchdog switches the output off, though it was talked to"),
        ("psu.wdog_lost", "its watchdog is no longer armed"),
        ("psu.bleed", "this resistance lies across its output", Value("ohm", 50.0, 0.5, 1e6)),
        ("psu.flag_wrong", "it says CC for CV and CV for CC"),
        ("psu.flag_off", "it says neither CV nor CC, whatever flows"),
        ("psu.offset", "its voltmeter is wrong by this much", Value("V", 0.1, -10.0, 10.0)),
        ("panel.on", "somebody switches the output on at the front panel"),
        ("panel.off", "somebody switches the output off at the front panel"),
        ("panel.set", "somebody turns the voltage up by this much", Value("V", 0.08, -10.0, 10.0)),
        ("panel.local", "somebody takes local control: nothing is obeyed until remote control is taken again"),
        ("meas.freeze", "its readings stay as they are"),
        ("meas.cache", "its readings are this old", Value("s", 30.0, 1.0, 3600.0)),
        ("meas.nan", "its readings are 9.91E37, no number"),
        ("err.flood", "it has so many errors in its queue", Value("", 20.0, 1.0, 100.0)),
        ("idn.flip", "another unit answers at its address"),
        ("idn.fw", "it has other firmware"),
    ),
    *_of(
        Target.METER,
        ("dmm.cross", "the meter leads are on the battery of the next position, and the other way round"),
        ("dmm.offset", "it is wrong by this much", Value("V", 0.1, -10.0, 10.0)),
        ("dmm.func", "it measures something else"),
        ("dmm.freeze", "its reading stays as it is"),
        ("dmm.nan", "its reading is 9.9E37, an overload"),
    ),
    *_of(
        Target.PROBE,
        ("temp.set", "the battery has this temperature", Value("degC", 50.0, -40.0, 85.0)),
        ("probe.open", "the probe has come off its terminals"),
    ),
    *_wire(
        ("net.drop1", "an answer is lost", True),
        ("net.late", "an answer comes after its time", True),
        ("net.garble", "an answer is garbled", True),
        ("net.slice", "half an answer comes after its time", True),
        ("net.merge", "the answer before comes along once more", True),
        ("net.duplicate", "an answer comes twice", True),
        ("net.echo", "what is asked is echoed", True),
        ("net.reset", "the connection is reset", True),
        ("net.blackhole", "the cable is pulled: nothing arrives, nothing comes back", False),
        ("net.refused", "connections are closed at once", False),
        ("net.idle", "a connection that was silent for this long is closed", False, Value("s", 5.0, 0.1, 3600.0)),
        (
            "net.lag",
            "answers take this long; from 1 s on too late, less is felt only where there is no socket",
            False,
            Value("s", 1.5, 0.0, 60.0),
        ),
    ),
)

SENSE: Final = "sense."
"""So begin the names of what goes wrong with sense leads, which not every position has."""

HOST: Final = "host."
"""So begin the names of what goes wrong with the computer: nothing that a bench can simulate."""

BY_NAME: Final = {knob.name: knob for knob in KNOBS}
FAULTS: Final = tuple(sorted(BY_NAME))

_SHAPE = re.compile(
    r"(?P<name>[a-z0-9_.]+[+-]?)(?::(?P<value>[^@/+]+))?(?:@(?P<at>[^/+]+)(?:\+(?P<span>[^/]+))?)?(?:/(?P<place>.+))?"
)
_TIME = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)(s|m|h)")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Injection:
    """A knob that is turned at `at_s` (simulated seconds) and back after `span_s` (None: never). `place` None: the
    first position."""

    knob: Knob
    value: float
    at_s: float
    span_s: float | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of what a person has written; None: not said. Times in seconds."""

    name: str
    value: str | None
    at_s: float
    span_s: float | None
    place: str | None


def read(text: str) -> Said:
    """The parts, whether there is such a fault or not. Raises UsageFault with a sentence."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise UsageFault(f"'{text}' is no fault; write NAME@TIME, such as lead.open@30m or lead.ohm:0.08@2h/P2")
    at_s = 0.0 if found["at"] is None else _seconds(found["at"])
    span_s = None if found["span"] is None else _seconds(found["span"])
    return Said(found["name"], found["value"], at_s, span_s, found["place"])


def parse(text: str) -> Injection:
    """What a person has written of a bench. Raises UsageFault with a sentence."""
    said = read(text)
    knob = named(said.name)
    return Injection(knob, _value(knob, said.value), said.at_s, said.span_s, said.place)


def named(name: str) -> Knob:
    """The knob of this name. Raises UsageFault, which names the nearest."""
    knob = BY_NAME.get(name)
    if knob is None and name.startswith(HOST):
        raise UsageFault(f"{name} is no fault of a bench: the computer of a run can fail in `benchctl demo` only")
    if knob is None:
        near = get_close_matches(name, FAULTS, n=1, cutoff=0.3)
        hint = f"the nearest is {near[0]}" if near else f"known are {', '.join(FAULTS)}"
        raise UsageFault(f"there is no fault '{name}' to simulate; {hint}. `benchctl sim --faults` lists them")
    return knob


def _value(knob: Knob, text: str | None) -> float:
    taken = knob.value
    if taken is None:
        if text is not None:
            raise UsageFault(f"{knob.name} takes no value, '{text}' was given")
        return 0.0
    if text is None:
        return taken.usual
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    if not (isfinite(value) and taken.low <= value <= taken.high):
        raise UsageFault(f"{knob.name}:{text}: the value is {taken.low:g} to {taken.high:g} {taken.unit}".rstrip())
    return value


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text)
    if found is None:
        raise UsageFault(f"'{text}' is no time; write 90s, 30m or 2h")
    return float(found[1]) * _SECONDS[found[2]]


def listing() -> str:
    """All knobs, one a line, for people."""
    lines = []
    for target in Target:
        lines.append(f"{target.value}:")
        for knob in KNOBS:
            if knob.target is target:
                usual = "" if knob.value is None else f" [{knob.value.usual:g} {knob.value.unit}]".replace(" ]", "]")
                lines.append(f"  {knob.name:<20} {knob.does}{usual}")
    return "\n".join(lines)
