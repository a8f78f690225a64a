"""How many batteries may be joined, and who says so: one rule for a plan, for a check and for a run. Sentences.

What a maker states is kept: more is refused. Where nobody states a number, more than most makers allow is a caution,
and more than any does is refused (guide, "Parallel Connections": 4 to 16 in parallel, by manufacturer; usually 4 in
series).
"""

from collections.abc import Iterator

from benchctl.core.model import Allowed

MAX_SERIES = 4
MAX_PARALLEL = 4
"""What is taken where no maker's data says more or less."""

KNOWN = 16
"""The most that any maker is known to allow (guide: "4 to 16 units in parallel depending on the manufacturer")."""


def too_many(series: int, parallel: int, allowed: Allowed) -> Iterator[str]:
    """What is more than is allowed, or than any maker is known to allow; nothing: it may be joined."""
    for many, most, how in ((series, allowed.series, "series"), (parallel, allowed.parallel, "parallel")):
        if most is not None and not many <= most:
            are = "is" if most == 1 else "are"
            yield f"{many} in {how}, and {most} {are} allowed ({allowed.source}): take {most} or fewer."
        elif most is None and many > KNOWN:
            yield (
                f"{many} in {how}: makers allow {KNOWN} at most. If yours allows more, state max_{how} under [battery] "
                "of the bank file."
            )


def unusual(series: int, parallel: int) -> Iterator[str]:
    """What is more than most makers allow."""
    if series > MAX_SERIES:
        yield f"{series} in series: most makers allow {MAX_SERIES}; have it from yours in writing."
    if parallel > MAX_PARALLEL:
        yield (
            f"{parallel} in parallel: makers allow 4 to 16; check yours. More in parallel is more wiring and fusing."
        )
