"""Where the data files are that come with the program: dialects and procedures."""

from pathlib import Path

import benchctl


def shipped_folder(kind: str) -> Path:
    """The folder of `procedures` or `instruments`: inside an installed package, else beside it in a checkout."""
    package = Path(benchctl.__file__).parent
    packed = package / "_data" / kind
    return packed if packed.is_dir() else package.parent / kind
