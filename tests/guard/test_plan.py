"""The plan on disk."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from benchctl.guard.plan import LIMITS, Bits, Check, Plan, SerialLine, Supply, address, read_plan, write_plan

CHECK = Check(b"OUTP? CH1\n", b"\n", None, (b"OFF",), None)
SOCKET = Supply("psu1", "TCPIP0::10.0.0.2::5555::SOCKET", (b"OUTP CH1,OFF\n",), (b"\xff",), (CHECK,), 0.0, 1.0, None)
KORAD = Supply(
    "psu2",
    "ASRL/dev/serial/by-id/usb-0001::INSTR",
    (b"OUT0",),
    (),
    (Check(b"STATUS?", None, 1, (), Bits(0x40, 0, 0)),),
    0.1,
    1.0,
    SerialLine(9600, 8, "N", 1, "none"),
)
PLAN = Plan("R1", True, ("python", "engine"), ("python", "closer"), "/tmp/log", 7, LIMITS, (SOCKET, KORAD), ("u",))  # noqa: S108


def test_a_plan_comes_back_as_it_was_and_belongs_to_its_user_alone(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path / "plan")
    assert read_plan(tmp_path / "plan") == PLAN
    assert (tmp_path / "plan").stat().st_mode & 0o777 == 0o600


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=4) | st.none(), st.lists(st.binary(max_size=9)))
def test_any_bytes_travel(
    tmp_path_factory: pytest.TempPathFactory, ask: bytes, end: bytes | None, off: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan"
    plan = replace(PLAN, supplies=(replace(SOCKET, verify=(Check(ask, end, None, tuple(off), None),)),))
    write_plan(plan, path)
    assert read_plan(path) == plan


def test_a_plan_others_can_read_is_not_ours(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path / "plan")
    os.chmod(tmp_path / "plan", 0o644)
    with pytest.raises(ValueError, match="readable to nobody else"):
        read_plan(tmp_path / "plan")


def test_a_plan_is_never_written_over_another_file(tmp_path: Path) -> None:
    (tmp_path / "plan").touch()
    with pytest.raises(FileExistsError):
        write_plan(PLAN, tmp_path / "plan")


def test_a_supply_that_cannot_be_proven_off_has_no_plan() -> None:
    with pytest.raises(ValueError, match="no bytes that switch it off"):
        replace(SOCKET, verify=())
    with pytest.raises(ValueError, match="serial line are missing"):
        replace(KORAD, serial=None)


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        ("TCPIP::127.0.0.1::5025::SOCKET", ("127.0.0.1", 5025)),
        ("tcpip2::psu-3.lab::30000::socket", ("psu-3.lab", 30000)),
        ("ASRL/dev/pts/3::INSTR", "/dev/pts/3"),
    ],
)
def test_sockets_and_serial_lines_are_within_reach(resource: str, place: object) -> None:
    assert address(resource) == place


@pytest.mark.parametrize(
    "resource",
    [
        "TCPIP::10.0.0.2::INSTR",
        "USB0::1::2::3::INSTR",
        "TCPIP::h::70000::SOCKET",
        "TCPIP::h::0::SOCKET",
        "ASRL3::INSTR",
        "",
    ],
)
def test_anything_else_needs_an_off_resource(resource: str) -> None:
    with pytest.raises(ValueError, match="off_resource"):
        address(resource)
