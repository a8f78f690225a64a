"""What the codec costs: one look at a DP811 (three questions, four answers), and one setting.

    python -m tests.benchmarks.bench_dialect

The target for the look is 30 us on a small PC: beside a wire that takes milliseconds it must not be seen.
"""

import timeit

from benchctl.core.dialect.voice import Operation, decode
from benchctl.edge.dialects import load_dialect

LOOK = (
    Operation.MEASURE_VOLTAGE,
    Operation.MEASURE_CURRENT,
    Operation.READ_REGULATION,
    Operation.READ_OUTPUT,
)
ANSWERS = (b"14.6000,9.9980,145.970\n", b"CV\n", b"ON\n")
TURNS = 10_000
TARGET_US = 30.0


def main() -> None:
    """Print the best of five."""
    voice = load_dialect("rigol-dp800").voice("DP811", 1)

    def look() -> None:
        look = voice.look(LOOK)
        values = [decode(e.reply, raw) for e, raw in zip(look.exchanges, ANSWERS, strict=True) if e.reply]
        assert [values[at][field] for at, field in look.picks][3] is True

    def tell() -> None:
        voice.tell(Operation.SET_VOLTAGE, 14.6)

    for name, turn in (("look", look), ("setting", tell)):
        best_us = min(timeit.repeat(turn, number=TURNS, repeat=5)) / TURNS * 1e6
        print(f"{name}: {best_us:.1f} us")


if __name__ == "__main__":
    main()
