"""The tables of a bench file as they are written: one shape each, with the words for what would be right."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from benchctl.core.model import PYVISA_PY, ChannelRef, Isolation, Sense
from benchctl.edge.resource import SHAPES, parse_resource
from benchctl.edge.schema import NAME_PATTERN, Day, FreeText, Name, Table, fault, shown


def _channel(value: str) -> str:
    found = _CHANNEL.fullmatch(value)
    if found is None:
        raise fault(f"is {shown(value)}, which is no channel")
    if int(found[2]) == 0:
        raise fault(f"is {shown(value)}, but channels are counted from 1")
    return value


def _meter(value: str) -> str:
    return value if NAME_PATTERN.fullmatch(value) else _channel(value)


def _resource(value: str) -> str:
    try:
        return parse_resource(value).spelling
    except ValueError as error:
        raise fault(f"is {shown(value)}: it {error}") from error


def _clock(value: str) -> str:
    found = _CLOCK.fullmatch(value)
    if found is None or not 1 <= int(found[1]) <= 65535:
        raise fault(f"is {shown(value)}")
    return value


def _visa(value: str) -> str:
    if value not in LIBRARIES:
        raise fault(f"is {shown(value)}")
    return value


LIBRARIES = (PYVISA_PY, "@ivi")
"""Never a path: a bench file must not be able to load a library of its own."""

_CHANNEL = re.compile(r"([A-Za-z0-9._-]{1,32}):(\d{1,4})", re.ASCII)
_CLOCK = re.compile(r"[A-Za-z0-9._-]{1,253}:(\d{1,5})", re.ASCII)
_CHANNEL_RIGHT = "an instrument of this file and a channel from 1 on, such as"
_Channel = Annotated[str, AfterValidator(_channel)]
_Resource = Annotated[str, AfterValidator(_resource), Field(description=SHAPES)]


class BenchTable(Table):
    """What the bench is called, and whether it is simulated."""

    name: FreeText
    simulated: bool = Field(False, description="true or false, without quotes")
    clock: Annotated[str, AfterValidator(_clock)] | None = Field(None, description='host and port: "127.0.0.1:5000"')
    visa: Annotated[str, AfterValidator(_visa)] = Field(
        PYVISA_PY, description='"@py", or "@ivi" for the VISA library that is installed on this machine'
    )


class InstrumentTable(Table):
    """One instrument: its address, and what is known about it."""

    resource: _Resource
    dialect: Name | None = Field(None, description="a name that `benchctl instruments list` shows, or left out")
    model: FreeText | None = Field(None, description='the name on the front panel, such as "DP811", or left out')
    serial: FreeText | None = Field(None, description="the serial number in quotes, or left out")
    firmware: FreeText | None = Field(None, description="its firmware as it states it, in quotes, or left out")
    calibration_due: Day | None = Field(None, description="a date such as 2027-03-31, without quotes")
    off_resource: _Resource | None = Field(None, description="a socket or a serial port: " + SHAPES)
    baud: int | None = Field(None, ge=50, le=4_000_000, description="bits a second, such as 9600, or left out")


class PositionTable(Table):
    """One place on the bench."""

    name: Name
    supply: _Channel = Field(description=f'{_CHANNEL_RIGHT} "psu1:1"')
    meter: Annotated[str, AfterValidator(_meter)] = Field(
        description='a channel wired for good, such as "scan1:101", or a bare name such as "dmm1" if held by hand'
    )
    isolation: Annotated[Isolation, Field(strict=False)] = Field(
        Isolation.MANUAL, description='"contactor", "supply_off" or "manual"'
    )
    sense: Annotated[Sense, Field(strict=False)] = Field(Sense.LOCAL, description='"remote" or "local"')
    lead_ohms: float | None = Field(None, ge=0, le=1, description="ohms from 0 to 1, such as 0.02, or left out")
    fuse_amps: float | None = Field(None, gt=0, le=1000, description="amperes above 0, up to 1000, such as 30")
    temperature: _Channel | None = Field(None, description=f'{_CHANNEL_RIGHT} "scan1:111", or left out')


class PackTable(Table):
    """One battery of a simulated bench."""

    position: Name | None = Field(None, description="a position of this file, or left out for a pack beside the bench")
    soc: float | None = Field(None, ge=0, le=1, description="a state of charge from 0 to 1, such as 0.30")
    amp_hours: float | None = Field(None, ge=1, le=2000, description="amp-hours from 1 to 2000, such as 50")
    faults: list[FreeText] = Field([], description="a list of fault names, such as []")
    cells: Literal[4, 8] | None = Field(None, description="its cells in series, 4 or 8, or left out")


def channel_ref(value: str) -> ChannelRef:
    """`psu1:1`, which has the right shape already, as a value."""
    name, _, channel = value.partition(":")
    return ChannelRef(name, int(channel))
