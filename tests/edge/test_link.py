"""A link over real loopback sockets and pseudo terminals: whole replies, and every way in which a reply is not one."""

import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.grammar import Framing, NumberField
from benchctl.core.dialect.voice import Exchange, FixedCount, Line, Reply, Serial, Silence
from benchctl.core.model import AbsenceReason
from benchctl.edge.link import Link, open_link
from tests.fakes import LoopbackInstrument, SerialInstrument

LINE = Line((b"\n",))
KORAD_PORT = Serial(baud=(9600,), data_bits=8, parity="none", stop_bits=1, flow="none")


def question(write: bytes, framing: Framing = LINE, timeout_s: float = 5.0, gap_s: float = 0.0) -> Exchange:
    """A question whose reply is not looked into."""
    reply = Reply(framing, re.compile(b"(.*)"), (NumberField(1.0),), (0,))
    return Exchange("measure", write, reply, gap_s, timeout_s)


def command(write: bytes, gap_s: float = 0.0) -> Exchange:
    """A setting that is not answered."""
    return Exchange("set", write, None, gap_s, 0.05)


def opened(resource: str, paced: bool = True) -> Link:
    return open_link(resource, KORAD_PORT, "psu1", paced)


def fault_of(link: Link, exchange: Exchange) -> LinkFault:
    with pytest.raises(LinkFault) as caught:
        link.ask(exchange)
    return caught.value


def answers(reply: bytes | None) -> LoopbackInstrument:
    return LoopbackInstrument(lambda _: reply)


def test_a_line_comes_whole_with_its_end() -> None:
    with answers(b"14.6000,1.2345\n") as instrument:
        link = opened(instrument.resource)
        assert link.ask(question(b"MEAS:ALL? CH1\n")) == b"14.6000,1.2345\n"
        link.close()
    assert instrument.received == [b"MEAS:ALL? CH1\n"]


def test_a_line_may_come_in_pieces() -> None:
    def in_pieces(asked: bytes) -> bytes:
        for piece in (b"14", b".6"):
            instrument.connections[0].sendall(piece)
        return b"0\n"

    with LoopbackInstrument(in_pieces) as instrument:
        link = opened(instrument.resource)
        assert link.ask(question(b"MEAS?\n")) == b"14.60\n"
        link.close()


def test_a_command_waits_for_nothing_and_the_next_question_follows() -> None:
    with LoopbackInstrument(lambda asked: b"1\n" if b"?" in asked else b"") as instrument:
        link = opened(instrument.resource)
        assert link.ask(command(b"OUTP OFF\n")) == b""
        assert link.ask(question(b"OUTP?\n")) == b"1\n"
        link.close()


def test_an_instrument_that_reads_nothing_does_not_hold_the_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        link = opened(f"TCPIP::127.0.0.1::{deaf.getsockname()[1]}::SOCKET")
        fault = fault_of(link, command(b"VOLT 14.600\n" * 2_000_000))
    assert fault.reason is AbsenceReason.CLOSED
    assert "psu1: the connection broke: the write failed" in fault.detail


def test_no_reply_is_a_timeout_that_says_how_long_was_waited() -> None:
    with answers(b"") as instrument:
        fault = fault_of(opened(instrument.resource), question(b"MEAS?\n", timeout_s=0.05))
    assert (fault.reason, fault.lost_s) == (AbsenceReason.TIMEOUT, 0.05)
    assert "psu1: no reply within 0.05 s" in fault.detail


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"14.60", id="a line without its end"),
        pytest.param(b"14.60\n1.2", id="a line and half another"),
        pytest.param(b"9" * 300, id="more than any reply"),
    ],
)
def test_a_torn_reply_is_garbled(reply: bytes) -> None:
    with answers(reply) as instrument:
        fault = fault_of(opened(instrument.resource), question(b"MEAS?\n", timeout_s=0.3))
    assert fault.reason is AbsenceReason.GARBLED


def test_a_surplus_is_noticed_without_waiting_out_the_time() -> None:
    with answers(b"14.60\n1.2") as instrument:
        fault = fault_of(opened(instrument.resource), question(b"MEAS?\n", timeout_s=60.0))
    assert fault.lost_s == 0.0


def test_after_a_fault_the_late_reply_is_never_taken_for_the_next_answer() -> None:
    with answers(b"") as instrument:
        link = opened(instrument.resource)
        fault_of(link, question(b"VOLT?\n", timeout_s=0.05))
        assert fault_of(link, question(b"CURR?\n")).reason is AbsenceReason.CLOSED


def test_bytes_that_nobody_asked_for_are_garbled_before_the_question_is_sent() -> None:
    ready = threading.Event()

    def greets(asked: bytes) -> bytes:
        instrument.connections[0].sendall(b"1\n")
        instrument.connections[0].sendall(b"WELCOME\n")
        ready.set()
        return b""

    with LoopbackInstrument(greets) as instrument:
        link = opened(instrument.resource)
        link.ask(command(b"*CLS\n"))
        assert ready.wait(5)
        fault = fault_of(link, question(b"OUTP?\n"))
    assert fault.reason is AbsenceReason.GARBLED
    assert "WELCOME" in fault.detail
    assert instrument.received == [b"*CLS\n"]


def test_a_hang_up_is_known_at_once() -> None:
    with answers(None) as instrument:
        started_s = time.monotonic()
        fault = fault_of(opened(instrument.resource), question(b"MEAS?\n", timeout_s=30.0))
    assert fault.reason is AbsenceReason.CLOSED
    assert time.monotonic() - started_s < 10.0


def test_a_hang_up_between_questions_is_known_at_the_next() -> None:
    with LoopbackInstrument(lambda _: b"1\n") as instrument:
        link = opened(instrument.resource)
        link.ask(question(b"OUTP?\n"))
        instrument.connections[0].shutdown(socket.SHUT_RDWR)
        assert fault_of(link, question(b"OUTP?\n")).reason is AbsenceReason.CLOSED


def test_a_refused_port_does_not_open() -> None:
    with answers(b"") as instrument:
        instrument.refuse()
        with pytest.raises(LinkFault, match=r"psu1: cannot open TCPIP.*refused") as caught:
            opened(instrument.resource)
    assert caught.value.reason is AbsenceReason.CLOSED


@pytest.mark.parametrize("resource", ["ASRL/dev/ttyNoSuch::INSTR", "nonsense"])
def test_what_cannot_be_opened_says_so(resource: str) -> None:
    with pytest.raises(LinkFault, match="psu1: cannot open") as caught:
        opened(resource)
    assert caught.value.reason is AbsenceReason.CLOSED


def test_small_writes_leave_at_once() -> None:
    """Two commands and a question in a row cost 40 ms each on a socket without NODELAY."""
    with LoopbackInstrument(lambda asked: b"1\n" * asked.count(b"?")) as instrument:
        link = opened(instrument.resource)
        started_s = time.monotonic()
        for _ in range(50):
            link.ask(command(b"INST CH1\n"))
            link.ask(question(b"OUTP?\n"))
        assert time.monotonic() - started_s < 1.0
        link.close()


@pytest.fixture
def korad() -> Iterator[SerialInstrument]:
    with SerialInstrument({b"STATUS?": b"\x51", b"VOUT1?": b"14.60", b"*IDN?": b"KORADKA3005PV2.0"}.__getitem__) as it:
        yield it


def test_a_serial_reply_of_a_fixed_count_may_hold_any_byte(korad: SerialInstrument) -> None:
    link = opened(korad.resource)
    assert link.ask(question(b"STATUS?", FixedCount(1))) == b"\x51"
    assert link.ask(question(b"VOUT1?", FixedCount(5))) == b"14.60"
    link.close()


def test_a_reply_without_an_end_ends_with_silence(korad: SerialInstrument) -> None:
    link = opened(korad.resource)
    assert link.ask(question(b"*IDN?", Silence(0.02))) == b"KORADKA3005PV2.0"
    link.close()


def test_the_gap_after_an_exchange_is_kept(korad: SerialInstrument) -> None:
    link = opened(korad.resource)
    link.ask(question(b"VOUT1?", FixedCount(5), gap_s=0.05))
    started_s = time.monotonic()
    link.ask(question(b"STATUS?", FixedCount(1)))
    assert time.monotonic() - started_s >= 0.045
    link.close()


def test_a_simulated_instrument_needs_no_gap(korad: SerialInstrument) -> None:
    link = opened(korad.resource, paced=False)
    link.ask(question(b"VOUT1?", FixedCount(5), gap_s=30.0))
    assert link.ask(question(b"STATUS?", FixedCount(1))) == b"\x51"
    link.close()


def test_what_a_serial_port_still_had_to_say_is_thrown_away_when_it_is_opened(korad: SerialInstrument) -> None:
    korad.say(b"14.60")
    link = opened(korad.resource)
    assert link.ask(question(b"STATUS?", FixedCount(1))) == b"\x51"
    link.close()


def test_a_serial_port_is_held_by_one_program_at_a_time(korad: SerialInstrument) -> None:
    link = opened(korad.resource)
    with pytest.raises(LinkFault, match="psu1: another program holds ASRL"):
        opened(korad.resource)
    link.close()
    opened(korad.resource).close()


def test_an_unplugged_serial_port_is_closed() -> None:
    with SerialInstrument(lambda _: None) as instrument:
        link = opened(instrument.resource)
        instrument.unplug()
        fault = fault_of(link, question(b"STATUS?", FixedCount(1), timeout_s=30.0))
    assert fault.reason is AbsenceReason.CLOSED
