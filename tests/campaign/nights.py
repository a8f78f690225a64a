"""Fault-free nights: nothing may trip, warn or begin again, and every string must be approved.

python -m tests.campaign nights [COUNT] [--first SEED] [--seed N]
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.campaign.seeds import played
from tests.sound import Draw, draw, play

COUNT = 300


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one night; `wrong` empty: nothing was."""

    drawn: Draw
    hours: float
    wrong: str


def main(arguments: list[str]) -> int:
    """Play and print. The exit code: 0 when nothing was wrong in any night."""
    nights = [_said(each) for each in played("nights", COUNT, arguments, _play)]
    print(summary(nights))
    return int(any(each.wrong for each in nights))


def _play(seed: int) -> Played:
    drawn = draw(seed)
    try:
        return Played(drawn, play(drawn).time.now_s() / 3600, "")
    except Exception as fault:  # noqa: BLE001  # a night that crashes is a finding, not the end of the campaign
        return Played(drawn, 0.0, f"{type(fault).__name__} {fault}")


def _said(night: Played) -> Played:
    word = f"{night.hours:.1f} h, approved" if not night.wrong else f"WRONG: {night.wrong}"
    print(f"seed {night.drawn.seed}: {night.drawn}: {word}", flush=True)
    return night


def summary(nights: Sequence[Played]) -> str:
    """What was drawn, and how many nights were not as they must be."""
    draws = [each.drawn for each in nights]
    positions = [one for each in draws for one in each.file.positions]
    models = Counter(str(model) for each in draws for model in {one.model for one in each.file.instruments})
    wrong = [each.drawn.seed for each in nights if each.wrong]
    lines = (
        "",
        f"{len(draws)} nights, {sum(each.hours for each in nights):.0f} simulated hours, {len(positions)} batteries",
        _range("channels", [len(each.specs) for each in draws], ""),
        _range("capacity", [each.specs[0].amp_hours for each in draws], "Ah"),
        _range("charge on arrival", [100 * spec.soc for each in draws for spec in each.specs], "%"),
        _range("temperature", [each.temperature_c for each in draws], "C"),
        "four-wire {}, two-wire {}; by contactor {}, by the supply's off {}; with probes {}".format(
            *_share(draws, "sense", "remote"), *_share(draws, "isolation", "contactor"), _probed(draws)
        ),
        "nights with each model: " + ", ".join(f"{model} {count}" for model, count in sorted(models.items())),
        f"false trips or other wrong nights: {len(wrong)}" + "".join(f"; seed {seed}" for seed in wrong),
    )
    return "\n".join(lines)


def _range(what: str, values: Sequence[float], unit: str) -> str:
    return f"{what}: {min(values):g} to {max(values):g} {unit}".rstrip()


def _share(draws: Sequence[Draw], field: str, word: str) -> tuple[int, int]:
    said = [getattr(each.file.positions[0], field) == word for each in draws]
    return sum(said), len(said) - sum(said)


def _probed(draws: Sequence[Draw]) -> int:
    return sum(each.file.positions[0].temperature is not None for each in draws)
