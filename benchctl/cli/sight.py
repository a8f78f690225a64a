"""A run's journal folded into one view, quickly: of the samples only the last are looked at, the rest are history."""

from benchctl.core.journal.chain import Row, Unparsable, parse
from benchctl.core.view.runview import RunView
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home

RECENT_ROWS = 600
"""Samples among so many last rows are folded: at one row a second and one scan in ten, every position is in them."""

BATCH_ROWS = 2000


def view_of(home: Home, run: str) -> RunView:
    """The view of a run. Its curves cover the last minutes only. Raises JournalError."""
    view, seq = RunView(), 0
    with Follower(home.journal_path(run)) as follower:
        last = follower.last()
        first_recent = (last.seq if last is not None else 0) - RECENT_ROWS
        while rows := follower.rows_after(seq, BATCH_ROWS):
            seq = rows[-1].seq
            for row in rows:
                if row.kind != "samples" or row.seq > first_recent:
                    _fold(view, row)
    return view


def _fold(view: RunView, row: Row) -> None:
    try:
        body = parse(row.body)
    except Unparsable:  # for `records verify` to complain about
        return
    if isinstance(body, dict):
        view.apply(row.seq, row.boot_s, row.wall, row.kind, body)
