"""When something stands in the journal: its row, the boot it belongs to, boot seconds and the wall-clock label."""

from dataclasses import dataclass

from benchctl.core.journal.chain import Json


@dataclass(frozen=True, slots=True)
class Moment:
    """The place of one row in a journal. Boot seconds can only be compared within one boot."""

    seq: int
    boot_id: str
    boot_s: float
    wall: str

    def since_s(self, earlier: "Moment") -> float | None:
        """Seconds from `earlier` to this row; None across a restart of the computer, where nothing is claimed."""
        return self.boot_s - earlier.boot_s if self.boot_id == earlier.boot_id else None

    def stated(self) -> Json:
        """As a record states it."""
        return {"row": self.seq, "boot_s": self.boot_s, "wall": self.wall}


def stated(moment: Moment | None) -> Json:
    """A moment as a record states it; null if there is none."""
    return None if moment is None else moment.stated()
