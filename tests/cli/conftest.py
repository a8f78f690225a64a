"""Workshops for the tests of the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """Files and an empty home; nothing listens anywhere."""
    made = Workshop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def served(workshop: Workshop) -> Workshop:
    """The same with its bench simulated in lock-step."""
    workshop.serve()
    return workshop
