"""After the wiring: is every battery in its place and the right way round, and may the strings be joined? By a meter.

Everything is measured before the strings are joined to each other and to anything else. Two strings that differ drive
a current through each other that grows with the difference and falls with the number of batteries in each: so what two
single batteries may differ by (the procedure's spread), strings may differ by for each battery they have in series.
A sum is allowed 1 % (a hand-held meter in another range), for what is looked for is off by a whole battery.
Source: guide, "When You Need Both" (strings identical), "The right way to do it" (0.1 V).
"""

from dataclasses import dataclass

from benchctl.core.passport import Measured
from benchctl.core.procedure import MatchRules

SUM_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be measured now, in words. `serial`: the battery that belongs there, if there is one to look for."""

    what: str
    probes: str
    serial: str | None
    least_v: float
    most_v: float


class Commissioning:
    """Step by step through the strings of a run. `steps` are what is left; nothing is left out."""

    def __init__(self, strings: tuple[tuple[str, ...], ...], rules: MatchRules) -> None:
        """`strings`: serials in the order of their places."""
        self._strings, self._rules = strings, rules
        self.checks: list[Measured] = []
        self.objections: list[str] = []
        self._string = 0
        self._read_v: list[float] = []  # of this string's batteries so far
        self._totals_v: list[float] = []

    @property
    def step(self) -> Step | None:
        """What comes next; None: everything was measured."""
        if self._string == len(self._strings):
            return None
        serials, number = self._strings[self._string], self._string + 1
        if len(self._read_v) < len(serials):
            place, serial = len(self._read_v) + 1, serials[len(self._read_v)]
            what = f"string {number}, place {place}"
            probes = f"red on the plus, black on the minus of the battery in {what}"
            return Step(f"{what}, {serial}", probes, serial, self._rules.min_v, self._rules.max_v)
        sum_v = sum(self._read_v)
        slack_v = max(self._rules.spread_v, SUM_SHARE * abs(sum_v))
        probes = f"red on the plus end, black on the minus end of string {number}"
        return Step(f"string {number} from end to end", probes, None, sum_v - slack_v, sum_v + slack_v)

    def take(self, read_v: float, serial: str | None) -> str | None:
        """The reading of this step, and which battery was found there; what speaks against it, if anything does."""
        step = self.step
        assert step is not None
        self.checks.append(Measured(step.what, read_v, step.least_v, step.most_v))
        found = _misplaced(step, serial) or _off(step.what, read_v, step.least_v, step.most_v)
        if found is not None:
            self.objections.append(found)
        self._go_on(read_v, of_battery=step.serial is not None)
        return found

    def _go_on(self, read_v: float, *, of_battery: bool) -> None:
        series = len(self._strings[self._string])
        if of_battery:
            self._read_v.append(read_v)
        if not of_battery or series == 1:
            self._totals_v.append(read_v)
            self._string, self._read_v = self._string + 1, []
            if self._string == len(self._strings) > 1:
                self._compare(series)

    def _compare(self, series: int) -> None:
        """The strings with each other, before they are joined."""
        limit_v = series * self._rules.spread_v
        apart_v = max(self._totals_v) - min(self._totals_v)
        self.checks.append(Measured("between the strings, highest and lowest", apart_v, 0.0, limit_v))
        if not apart_v <= limit_v:
            self.objections.append(
                f"The strings lie {apart_v:.2f} V apart; at most {limit_v:.2f} V, or a current rushes through them "
                "when they are joined. Charge the lower string as one, or take the batteries through a run again."
            )


def _misplaced(step: Step, serial: str | None) -> str | None:
    if step.serial is None or (serial is not None and serial.casefold() == step.serial.casefold()):
        return None
    return f"{step.what}: {serial or 'no battery'} was found there. Put the battery in its place, or correct the label."


def _off(what: str, read_v: float, least_v: float, most_v: float) -> str | None:
    if not read_v > 0.0:
        return f"{what}: {read_v:.2f} V. It is the wrong way round, or open: join nothing until that is clear."
    if not least_v <= read_v <= most_v:
        return f"{what}: {read_v:.2f} V, where {least_v:.2f} to {most_v:.2f} V is right. Look at its interconnects."
    return None
