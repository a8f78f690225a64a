"""What a plan costs after start-up: from the target to the lines that are printed, with the wiring sheet.

python -m tests.benchmarks.bench_plan [COUNT]
"""

import sys
import time
from statistics import median

from benchctl.cli.plantable import choices, explained
from benchctl.cli.wiringtext import lines
from benchctl.core.configuration import kind
from benchctl.core.planning.sizing import options
from benchctl.core.planning.target import Limits, Target
from benchctl.core.planning.wiring import wiring

TARGET_MS = 50.0


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the slowest keeps the target."""
    taken = sorted(_once_ms() for _ in range(int(arguments[0]) if arguments else 200))
    print(f"a plan with its wiring sheet, ms: min {taken[0]:.2f}, median {median(taken):.2f}, max {taken[-1]:.2f}")
    return 0 if taken[-1] <= TARGET_MS else 1


def _once_ms() -> float:
    start = time.perf_counter()
    found = options(Target(voltage_v=48.0, amp_hours=400.0), kind(4, 100.0, 100.0), Limits(4, 16, "", ""))
    sheet = wiring(found[0].configuration, (), 2.0)
    assert [*choices(found), *explained(found[0], ()), *lines(sheet)]
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
