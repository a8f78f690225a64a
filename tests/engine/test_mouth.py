"""A mouth speaks to a pipe that nobody reads, and to one that somebody does."""

import subprocess
import sys

FLOOD = """
import sys, time
from benchctl.engine.mouth import Mouth
mouth = Mouth()
began = time.monotonic()
for number in range(30_000):
    mouth.say(f"{number:050d}")
mouth.close(0.1)
sys.stderr.write("late" if time.monotonic() - began > 5.0 else "in time")
"""


def test_nobody_who_reads_holds_nobody_up() -> None:
    argv = [sys.executable, "-c", FLOOD]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as speaker:
        assert speaker.stdout is not None
        assert speaker.stderr is not None
        assert speaker.stderr.read() == "in time"  # it has ended, and not a byte of its output was read
        assert speaker.wait() == 0


def test_what_is_read_comes_in_order_to_the_last_line() -> None:
    code = "from benchctl.engine.mouth import Mouth\nm = Mouth()\nfor n in range(500): m.say(str(n))\nm.close(10.0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(number) for number in range(500)]


def test_a_reader_that_has_gone_is_nobodys_fault() -> None:
    code = "from benchctl.engine.mouth import Mouth\nm = Mouth()\nm.say('a')\nm.close(5.0)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as speaker:
        assert speaker.stdout is not None
        speaker.stdout.close()
        assert speaker.wait() == 0
