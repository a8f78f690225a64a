"""`python -m tests.campaign NAME`: what is too long to run with every commit."""

import sys

from tests.campaign import coverage, dialects, docs, fuzz, matrix, nights, pairs, sabotage, stops, trials, watchdog

NAMES = {
    "matrix": matrix.main,
    "nights": nights.main,
    "pairs": pairs.main,
    "sabotage": sabotage.main,
    "trials": trials.main,
    "stops": stops.main,
    "coverage": coverage.main,
    "watchdog": watchdog.main,
    "docs": docs.main,
    "fuzz": fuzz.main,
    "dialects": dialects.main,
}


def main(arguments: list[str]) -> int:
    """Run one campaign. The exit code: 0 all as it must be, 1 not, 2 no such campaign."""
    if not arguments or arguments[0] not in NAMES:
        print(f"python -m tests.campaign NAME: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    return NAMES[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
