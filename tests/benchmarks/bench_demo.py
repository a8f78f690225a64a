"""Whole nights of `benchctl demo --headless`, over real sockets in lock-step: `python -m tests.benchmarks.bench_demo`.

Prints a table; names of scenarios as arguments choose some of them. Asked for: at most 120 s each on two cores.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime

from benchctl.sim.fleet import SCENARIOS


def night(scenario: str) -> str:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as home:
        words = ["--home", home, "demo", "--headless", "--json", "--scenario", scenario]
        begun_s = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "benchctl", *words], capture_output=True, text=True, check=False)
        took_s = time.perf_counter() - begun_s
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    walls = [datetime.fromisoformat(line["at"]) for line in lines if "at" in line]
    hours = (walls[-1] - walls[0]).total_seconds() / 3600
    return f"{scenario:12} {lines[-1]['verdict']:12} {done.returncode:9} {hours:15.1f} {took_s:12.1f}"


def main(chosen: list[str]) -> None:
    """All scenarios, or those that are named."""
    print(f"{'scenario':12} {'verdict':12} {'exit code':>9} {'simulated hours':>15} {'real seconds':>12}")
    for scenario in chosen or SCENARIOS:
        print(night(scenario), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
