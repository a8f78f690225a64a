"""What holds for every test: no example of a property is judged by how long it took, and nothing is compiled twice.

Most of the time that a process takes to start goes into compiling what it imports, and the tests start hundreds.
"""

import os
import sys

from hypothesis import settings

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("no_clock", deadline=None)
settings.load_profile("no_clock")
