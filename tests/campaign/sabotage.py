"""`python -m tests.campaign sabotage [WORD ...]`: does the suite catch defects that are put in on purpose?

Each defect of `defects` (or those whose name has a word in it) is put into a copy of the tree, and the tests that
should know are run there: first those named with it, then everything near the core.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.campaign.defects import DEFECTS, Defect

ROOT = Path(__file__).parents[2]
PARTS = ("benchctl", "tests", "instruments", "procedures", "docs", "pyproject.toml", "README.md")
WIDER = ("tests/core", "tests/engine", "tests/edge", "tests/guard", "tests/test_nights.py", "tests/faults")
WORKERS = 2
NOBODY = "NOBODY"


def main(arguments: list[str]) -> int:
    """Print who caught what. The exit code: 0 when everything was caught."""
    chosen = [one for one in DEFECTS if not arguments or any(word in one.name for word in arguments)]
    if stale := [one.name for one in chosen if not applies(one)]:
        print("these defects stand nowhere, or more than once: " + "; ".join(stale), file=sys.stderr)
        return 1
    if broken := sound(chosen):
        print(f"without any defect {broken} fails: mend that first", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(WORKERS) as pool:
        found = [_said(one, who) for one, who in zip(chosen, pool.map(caught_by, chosen), strict=True)]
    missed = found.count(NOBODY)
    print(f"\n{len(found) - missed} of {len(found)} caught")
    return int(missed > 0)


def applies(defect: Defect) -> bool:
    """Its old text stands exactly once in its file."""
    return (ROOT / defect.file).read_text().count(defect.old) == 1


def sound(chosen: Sequence[Defect]) -> str | None:
    """The test that fails without any defect, for such a one would seem to catch everything; None: all is well."""
    return _first_failure(ROOT, sorted({each for one in chosen for each in one.tests.split()}))


def _said(defect: Defect, who: str) -> str:
    print(f"{defect.name} ({defect.file}): {who}", flush=True)
    return who


def caught_by(defect: Defect) -> str:
    """The first test that fails with this defect in a copy of the tree, or `NOBODY`."""
    with TemporaryDirectory(prefix="sabotage-") as folder:
        tree = Path(folder)
        _copy(tree)
        spoilt = tree / defect.file
        spoilt.write_text(spoilt.read_text().replace(defect.old, defect.new))
        return _first_failure(tree, defect.tests.split()) or _first_failure(tree, WIDER) or NOBODY


def _copy(tree: Path) -> None:
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / part)


def _first_failure(tree: Path, tests: Sequence[str]) -> str | None:
    """With only the copy importable; a run that ends in any other way than by its tests is no catch."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if done.returncode != 1 or failed is None:
        raise RuntimeError(f"pytest ended with {done.returncode} on {' '.join(tests)}: {done.stdout[-300:]}")
    return failed[1]
