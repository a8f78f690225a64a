"""The watchdog of a simulated supply: what winds it up, what it does when it bites, and how it is cleared."""

from tests.sim.strangers import load

ON = b"VOLT 5;:CURR:LIM 1;:OUTP:PROT:WDOG:DEL 10;:OUTP:PROT:WDOG ON;:OUTP ON\n"
STATE = b"OUTP?;:STAT:QUES:COND?\n"


class Watched:
    """A supply with a resistor, its output on, its watchdog armed for 10 s; time moves when it is told to."""

    def __init__(self) -> None:
        self.single = load("keysight-n6900", "N6951A", ohms=10.0)
        self.session = self.single.connect()
        self.session.handle(ON)

    def says(self, at_s: float, line: bytes) -> bytes:
        self.single.advance(at_s)
        return self.session.handle(line)

    def amps(self, at_s: float) -> float:
        return float(self.says(at_s, b"MEAS:CURR?\n"))


def test_any_word_winds_it_up() -> None:
    watched = Watched()
    for second in range(9, 60, 9):
        assert watched.amps(second) > 0.4
    watched.says(63.0, b"what is that?\n")
    assert watched.amps(72.9) > 0.4


def test_ten_silent_seconds_latch_the_output_off_and_leave_what_it_was_told() -> None:
    watched = Watched()
    assert watched.says(10.5, STATE) == b"1;2048\n"
    assert watched.amps(10.6) == 0.0
    assert watched.says(11.0, b"OUTP OFF;:OUTP ON;:OUTP?;:MEAS:CURR?\n") == b"1;+0.000000E+00\n"


def test_just_before_it_is_still_on() -> None:
    assert Watched().says(9.9, STATE) == b"1;0\n"


def test_clearing_it_switches_on_again_what_was_told_to_be_on() -> None:
    watched = Watched()
    watched.says(20.0, b"OUTP:PROT:CLE\n")
    assert watched.amps(20.1) > 0.4
    assert watched.says(31.0, STATE) == b"1;2048\n"  # and it waits again


def test_cleared_after_an_off_it_stays_off() -> None:
    watched = Watched()
    watched.says(20.0, b"OUTP OFF;:OUTP:PROT:CLE\n")
    assert watched.says(20.1, STATE) == b"0;0\n"


def test_a_longer_delay_and_a_watchdog_that_is_off_are_obeyed() -> None:
    longer, off = Watched(), Watched()
    longer.says(5.0, b"OUTP:PROT:WDOG:DEL 40\n")
    assert longer.says(44.0, STATE) == b"1;0\n"
    off.says(5.0, b"OUTP:PROT:WDOG OFF\n")
    assert off.says(100.0, STATE) == b"1;0\n"


def test_a_shorter_delay_counts_from_the_last_word() -> None:
    watched = Watched()
    watched.says(2.0, b"OUTP:PROT:WDOG:DEL 3\n")
    assert watched.says(5.5, STATE) == b"1;2048\n"


def test_a_reset_disarms_it() -> None:
    watched = Watched()
    watched.says(1.0, b"*RST\n")
    assert watched.says(1.1, b"OUTP:PROT:WDOG?;:OUTP:PROT:WDOG:DEL?\n") == b"0;+60\n"
