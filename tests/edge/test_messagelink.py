"""A link over whole messages, on loopback VXI-11 and HiSLIP, and over the library's own sockets and serial ports."""

import re
import time
from collections.abc import Callable

import pytest
from pyvisa_py.protocols import rpc

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.grammar import Framing, NumberField
from benchctl.core.dialect.voice import Exchange, FixedCount, Line, Reply, Serial, Silence
from benchctl.core.model import AbsenceReason
from benchctl.edge import visa
from benchctl.edge.link import open_link
from benchctl.edge.messagelink import MessageLink
from tests.fakes import Answerer, LoopbackInstrument, SerialInstrument
from tests.fakes_lan import HislipInstrument, Vxi11Instrument

LanKind = Callable[[Answerer], Vxi11Instrument | HislipInstrument]
both = pytest.mark.parametrize("kind", [Vxi11Instrument, HislipInstrument])
LINE = Line((b"\n",))
PORT = Serial(baud=(9600,), data_bits=8, parity="none", stop_bits=1, flow="none")


def question(write: bytes = b"MEAS?\n", framing: Framing = LINE, timeout_s: float = 5.0) -> Exchange:
    reply = Reply(framing, re.compile(b"(.*)"), (NumberField(1.0),), (0,))
    return Exchange("measure", write, reply, 0.0, timeout_s)


def command(write: bytes) -> Exchange:
    return Exchange("set", write, None, 0.0, 0.05)


def answer_over(kind: LanKind, reply: bytes, framing: Framing = LINE) -> bytes:
    with kind(lambda _: reply) as instrument:
        link = open_link(instrument.resource, None, "psu1", paced=True)
        raw = link.ask(question(framing=framing))
        link.close()
    assert instrument.received == [b"MEAS?\n"]
    return raw


def fault_over(kind: LanKind, reply: bytes | None, framing: Framing = LINE, wait_s: float = 0.2) -> LinkFault:
    with kind(lambda _: reply) as instrument:
        link = open_link(instrument.resource, None, "psu1", paced=True)
        with pytest.raises(LinkFault) as caught:
            link.ask(question(framing=framing, timeout_s=wait_s))
        with pytest.raises(LinkFault, match="the connection is closed"):
            link.ask(question())
    return caught.value


@both
def test_a_message_is_a_reply(kind: LanKind) -> None:
    assert answer_over(kind, b"14.600\n") == b"14.600\n"


@both
def test_the_end_of_a_message_ends_a_line_that_does_not_say_so_itself(kind: LanKind) -> None:
    assert answer_over(kind, b"14.600") == b"14.600\n"


@both
def test_several_lines_may_come_in_one_message(kind: LanKind) -> None:
    assert answer_over(kind, b"1\n2\n", Line((b"\n",), lines=2)) == b"1\n2\n"


@both
@pytest.mark.parametrize("framing", [FixedCount(3), Silence(0.05)])
def test_a_message_is_whole_whatever_the_framing(kind: LanKind, framing: Framing) -> None:
    assert answer_over(kind, b"abc", framing) == b"abc"


@both
def test_commands_and_questions_follow_each_other(kind: LanKind) -> None:
    with kind(lambda asked: b"1\n" if b"?" in asked else b"") as instrument:
        link = open_link(instrument.resource, None, "psu1", paced=True)
        for _ in range(3):
            assert link.ask(command(b"OUTP OFF\n")) == b""
            assert link.ask(question(b"OUTP?\n")) == b"1\n"
        link.close()


@both
@pytest.mark.parametrize("reply", [b"14.6\n1.2", b"9" * 300])
def test_more_than_one_reply_is_garbled(kind: LanKind, reply: bytes) -> None:
    assert fault_over(kind, reply).reason is AbsenceReason.GARBLED


@both
def test_no_answer_is_a_timeout(kind: LanKind) -> None:
    fault = fault_over(kind, b"")
    assert (fault.reason, fault.lost_s) == (AbsenceReason.TIMEOUT, 0.2)


@both
def test_a_hang_up_is_known_at_once(kind: LanKind) -> None:
    started_s = time.monotonic()
    assert fault_over(kind, None, wait_s=30.0).reason is AbsenceReason.CLOSED
    assert time.monotonic() - started_s < 5.0


@both
def test_nobody_there(kind: LanKind) -> None:
    with kind(lambda _: b"") as instrument:
        resource = instrument.resource
    with pytest.raises(LinkFault, match=r"psu1: cannot open TCPIP.*refused") as caught:
        open_link(resource, None, "psu1", paced=True)
    assert caught.value.reason is AbsenceReason.CLOSED


def test_an_instrument_that_gives_no_link() -> None:
    with (
        Vxi11Instrument(lambda _: b"", refuses=True) as instrument,
        pytest.raises(LinkFault, match=r"gives no VXI-11 link to inst0 \(error 3\)"),
    ):
        open_link(instrument.resource, None, "psu1", paced=True)


def test_the_port_mapper_tells_where_the_core_channel_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with Vxi11Instrument(lambda _: b"1\n") as instrument:
        monkeypatch.setattr(rpc, "PMAP_PORT", instrument.port)
        link = open_link("TCPIP::127.0.0.1::INSTR", None, "psu1", paced=True)
        assert link.ask(question()) == b"1\n"
        link.close()
        assert instrument.links_destroyed == 1


def test_a_link_that_has_failed_takes_no_leave() -> None:
    """It would wait for seconds for an instrument that is gone, while an OFF waits for the next link."""
    with Vxi11Instrument(lambda _: b"") as instrument:
        link = open_link(instrument.resource, None, "psu1", paced=True)
        with pytest.raises(LinkFault):
            link.ask(question(timeout_s=0.05))
    assert instrument.links_destroyed == 0


def test_what_answers_but_is_no_vxi_11() -> None:
    with (
        LoopbackInstrument(lambda _: b"SSH-2.0-OpenSSH_9.6\n") as instrument,
        pytest.raises(LinkFault, match="psu1: cannot open"),
    ):
        open_link(f"TCPIP::127.0.0.1,{instrument.port}::inst0::INSTR", None, "psu1", paced=True)


def test_what_answers_but_is_no_hislip() -> None:
    with (
        LoopbackInstrument(lambda _: b"SSH-2.0-OpenSSH_9.6 and more\n") as instrument,
        pytest.raises(LinkFault, match="psu1: cannot open"),
    ):
        open_link(f"TCPIP::127.0.0.1::hislip0,{instrument.port}::INSTR", None, "psu1", paced=True)


@pytest.mark.parametrize("resource", ["USB0::0x1AB1::0x0E11::DP8C000000001::INSTR", "GPIB0::5::INSTR"])
def test_a_way_whose_software_or_instrument_is_missing(resource: str) -> None:
    with pytest.raises(LinkFault, match="psu1: cannot open") as caught:
        open_link(resource, None, "psu1", paced=True)
    assert caught.value.reason is AbsenceReason.CLOSED


def test_a_visa_library_that_is_not_installed() -> None:
    with pytest.raises(LinkFault, match="psu1: cannot open"):
        open_link("TCPIP::127.0.0.1::9::SOCKET", None, "psu1", paced=True, library="@ivi")


# ------------------------------------------------- bytes without an end, by whatever library


def by_library(resource: str) -> MessageLink:
    return MessageLink(visa.open_messages(resource, PORT, "@py"), "psu1", paced=True)


def test_a_librarys_socket_is_read_to_the_end_of_the_line() -> None:
    with LoopbackInstrument(lambda asked: b"14.6\n" if b"?" in asked else b"") as instrument:
        link = by_library(instrument.resource)
        assert link.ask(command(b"OUTP OFF\n")) == b""
        assert link.ask(question()) == b"14.6\n"
        link.close()


def test_a_librarys_socket_that_says_more_than_was_asked() -> None:
    with LoopbackInstrument(lambda _: b"14.6\nWELCOME\n") as instrument:
        link = by_library(instrument.resource)
        link.ask(question())
        with pytest.raises(LinkFault, match="nobody asked for") as caught:
            link.ask(question())
    assert caught.value.reason is AbsenceReason.GARBLED


@pytest.mark.parametrize(("framing", "reply"), [(FixedCount(1), b"\x51"), (Silence(0.05), b"KORADV2.0")])
def test_a_librarys_serial_port(framing: Framing, reply: bytes) -> None:
    with SerialInstrument(lambda _: reply) as instrument:
        link = by_library(instrument.resource)
        assert link.ask(question(b"STATUS?", framing)) == reply
        link.close()
