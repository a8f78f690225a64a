"""The rules of the house, checked by the tools that know them. One test a rule, so that a failure names it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LONGEST_FILE = 500
"""Lines: a hard stop. Most files are under 300."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [("lint-imports", "--no-cache"), ("ruff", "check", "--no-cache"), ("mypy",)])
def test_tool_has_nothing_to_say(command: tuple[str, ...]) -> None:
    done = run(str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_too_long() -> None:
    files = [path for folder in ("benchctl", "tests") for path in (ROOT / folder).rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_version_loads_no_heavy_library() -> None:
    code = (
        "import sys, runpy\n"
        "sys.argv = ['benchctl', '--version']\n"
        "try: runpy.run_module('benchctl', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(sorted({'pyvisa', 'textual', 'numpy', 'pydantic', 'serial'} & set(sys.modules)))"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_guard_needs_little_at_run_time() -> None:
    code = (
        "import sys, benchctl.guard.__main__\n"
        "print(sorted({'pyvisa', 'textual', 'pydantic', 'sqlite3', 'tomllib'} & set(sys.modules)))"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
