"""How warm it is where the batteries stand, from what was declared and from the probes of the bench."""

PROBE_FRESH_S = 30.0
"""Older than this a probe's reading says nothing about now."""


class Room:
    """One bench's surroundings. `declared_c`: what the operator stated, in degrees Celsius; None: nothing."""

    def __init__(self, declared_c: float | None) -> None:
        self._declared_c = declared_c
        self._first: dict[str, float] = {}
        self._probes: dict[str, tuple[float, float]] = {}

    def read(self, position: str, at_s: float, celsius: float) -> None:
        """A probe has read this."""
        self._first.setdefault(position, celsius)
        self._probes[position] = at_s, celsius

    def beside_c(self, position: str, at_s: float) -> float | None:
        """The surroundings of a position: the warmest of what was declared, of the others' probes now, and of its own
        probe at first. None: neither was anything declared, nor is there another probe.

        The warmest, because batteries that come in from the cold warm without any harm, and because one probe that
        fell off, or hangs in the cold, must trip nobody else.
        """
        others = [
            celsius
            for name, (read_s, celsius) in self._probes.items()
            if name != position and at_s - read_s <= PROBE_FRESH_S
        ]
        known = others if self._declared_c is None else [self._declared_c, *others]
        return max([*known, self._first.get(position, known[0])]) if known else None
