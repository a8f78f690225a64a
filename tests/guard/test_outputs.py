"""Off and proven, against supplies that make it hard."""

import socket
import threading
from dataclasses import replace

import pytest

from benchctl.guard.outputs import prove_all_off, switch_all_off
from benchctl.guard.plan import Bits, Check
from tests.guard.supplies import Dp800, Korad, nobody


def test_every_supply_is_off_and_proven_in_the_order_given() -> None:
    with Dp800() as psu, Korad() as korad:
        psu.on = korad.on = True
        proofs = switch_all_off([korad.entry("b"), psu.entry("a")], 2.0, lambda _: None)
        assert [(proof.supply, proof.off) for proof in proofs] == [("b", True), ("a", True)]
        assert not psu.on
        assert not korad.on


def test_off_goes_out_before_anything_is_asked() -> None:
    with Dp800() as psu:
        switch_all_off([psu.entry()], 2.0, lambda _: None)
        assert psu.words[0] == b"OUTP CH1,OFF"


def test_it_tries_again_and_lowers_the_current_from_the_third_attempt() -> None:
    notes: list[str] = []
    with Dp800(stuck=2) as psu:
        psu.on = True
        assert switch_all_off([psu.entry()], 10.0, notes.append)[0].off
        assert psu.words.count(b"OUTP CH1,OFF") == 3
        assert psu.words[-2:] == [b"CURR MIN", b"OUTP? CH1"]
    assert [note[:10] for note in notes] == ["attempt 1:", "attempt 2:", "attempt 3:"]


def test_silence_proves_nothing() -> None:
    with Dp800(deaf=True) as psu:
        (proof,) = switch_all_off([psu.entry()], 0.0, lambda _: None)
    assert not proof.off
    assert proof.why == "no whole answer to b'OUTP? CH1\\n' within 0.5 s, only b''"


def test_a_dead_supply_does_not_keep_another_on() -> None:
    with Dp800() as psu, nobody() as gone:
        psu.on = True
        proofs = switch_all_off([gone, psu.entry()], 0.3, lambda _: None)
        assert [proof.off for proof in proofs] == [False, True]


def test_a_late_answer_to_the_engine_is_not_taken_for_proof() -> None:
    with Korad(stale=b"\x51\x51") as korad:
        korad.on = True
        assert switch_all_off([korad.entry()], 2.0, lambda _: None)[0].off


def test_looking_switches_nothing() -> None:
    with Dp800() as psu:
        psu.on = True
        (proof,) = prove_all_off([psu.entry()])
        assert not proof.off
        assert psu.words == [b"OUTP? CH1"]


LINE = Check(b"OUTP?\n", b"\n", None, (b"OFF", b"0"), None)
STATUS = Check(b"STATUS?", None, 1, (), Bits(0x40, 0, 0))
HEX = Check(b"SYST:STAT?\n", b"\n", None, (), Bits(0x10, 0, 16))
REGISTER = Check(b"\x01\x03", None, 2, (b"\x00 ",), None)


@pytest.mark.parametrize(
    ("check", "raw", "off"),
    [
        (LINE, b"OFF\r\n", True),
        (LINE, b"0\n", True),
        (LINE, b"ON\n", False),
        (LINE, b"OFF\nON\n", False),
        (LINE, b"\n", False),
        (LINE, b"off by one\n", False),
        (STATUS, b"\x11", True),
        (STATUS, b"\x51", False),
        (STATUS, b"\x11\x51", False),
        (HEX, b"0x0224\n", True),
        (HEX, b"0x0234\n", False),
        (REGISTER, b"\x00 ", True),
    ],
)
def test_only_a_reply_that_says_off_means_off(check: Check, raw: bytes, off: bool) -> None:
    assert check.means_off(raw) is off


@pytest.mark.parametrize("raw", [b"\n", b"OFF\n", b"1 0\n"])
def test_a_status_that_is_no_number_is_a_fault(raw: bytes) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        HEX.means_off(raw)


# ---------------------------------------------------------------- what stands in the way of an off


def test_without_a_thread_to_be_had_one_is_switched_off_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with Dp800() as psu, Korad() as korad:
        psu.on = korad.on = True
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", no_thread)
            proofs = switch_all_off([psu.entry(), korad.entry()], 2.0, lambda _: None)
        assert [proof.off for proof in proofs] == [True, True]
        assert not psu.on
        assert not korad.on


def no_thread(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_supply_that_takes_no_more_bytes_is_given_up_and_not_proven_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as full, Dp800() as psu:
        full.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        resource = f"TCPIP::127.0.0.1::{full.getsockname()[1]}::SOCKET"
        clogged = replace(psu.entry(), resource=resource, off=(b"x" * (1 << 23),))
        (proof,) = switch_all_off([clogged], 0.0, lambda _: None)
    assert not proof.off
    assert proof.why.startswith("it does not take b'xxx")


def test_a_supply_that_hangs_up_instead_of_answering_is_not_proven_off() -> None:
    with Dp800(single=True) as psu, socket.create_connection(("127.0.0.1", psu.port)) as first:
        first.sendall(b"OUTP? CH1\n")
        first.recv(10)
        (proof,) = prove_all_off([psu.entry()])
    assert not proof.off


SILENT_END = Check(b"STATUS?", None, None, (b"\x11",), None)


@pytest.mark.parametrize(("on", "off"), [(False, True), (True, False)])
def test_an_answer_without_any_end_is_over_when_it_falls_silent(on: bool, off: bool) -> None:
    with Korad() as korad:
        korad.on = on
        (proof,) = prove_all_off([replace(korad.entry(), verify=(SILENT_END,))])
    assert proof.off is off
