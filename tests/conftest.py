"""What holds for every test: no example of a property is judged by how long it took, and nothing is done twice.

Most of the time that a process takes to start goes into compiling what it imports, and the tests start hundreds. The
thousands of tests themselves live to the end, and next to nothing dies in a circle: the garbage collector need not
look at all of them over and over again.
"""

import gc
import os
import sys

from hypothesis import settings

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("no_clock", deadline=None)
settings.load_profile("no_clock")


def pytest_collection_finish() -> None:
    """All tests are known, and all that they import is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
