"""What the command line hands to the engine it starts: a file beside the journal, for its owner only."""

from dataclasses import dataclass
from pathlib import Path

from benchctl.core.journal.chain import canonical, parse
from benchctl.core.journal.codec import decode, encode
from benchctl.core.journal.kinds import decode_as
from benchctl.core.rows import RunOpened
from benchctl.edge.home import write_atomic


@dataclass(frozen=True, slots=True)
class Orders:
    """What the engine is started with, beside the run itself. `speed` is the most simulated seconds a second brings.
    `notes` are sentences for the journal: what was found when the instruments were met."""

    home: str
    lock_fd: int
    as_json: bool
    speed: float | None
    notes: tuple[str, ...] = ()


def write_orders(path: Path, orders: Orders, opened: RunOpened) -> None:
    """Write them durably. Raises OSError."""
    write_atomic(path, canonical({"orders": encode(orders), "run_opened": encode(opened)}).encode())


def read_orders(path: Path) -> tuple[Orders, RunOpened]:
    """Read them back. Raises OSError, or ValueError where it is no such file."""
    data = parse(path.read_bytes())
    if not isinstance(data, dict) or data.keys() != {"orders", "run_opened"}:
        raise ValueError(f"{path} does not hold the orders of a run")
    opened = decode("run_opened", data["run_opened"])
    assert isinstance(opened, RunOpened)
    return decode_as(Orders, data["orders"]), opened
