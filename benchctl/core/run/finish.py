"""How a run's verdict follows from its batteries' failures and the last scan. The plainest table of all."""

from benchctl.core.model import Verdict
from benchctl.core.run.unit import Failure


def verdict_of(
    failures: list[Failure], reasons: tuple[str, ...], verdict: Verdict | None, calibration_overdue: tuple[str, ...]
) -> tuple[Verdict, tuple[str, ...]]:
    """A trip needs a person and outranks the rest; a bad battery outranks one that could not be proven.

    Approved only where the common scan said so in so many words, without any failure and any overdue calibration.
    Whatever nobody decided is not proven.
    """
    texts = (*dict.fromkeys(failure.text for failure in failures), *(() if verdict is Verdict.APPROVED else reasons))
    verdicts = {failure.verdict for failure in failures} | {verdict or Verdict.NOT_PROVEN}
    for worst in (Verdict.TRIPPED, Verdict.REJECTED, Verdict.NOT_PROVEN):
        if worst in verdicts and (failures or verdict is not Verdict.APPROVED):
            return worst, texts or ("Not every battery could be proven.",)
    if calibration_overdue:
        names = ", ".join(calibration_overdue)
        return Verdict.NOT_PROVEN, (f"The calibration of {names} is overdue: nothing can be approved with it.",)
    return Verdict.APPROVED, ("Every battery was charged to its taper, rested, and agrees with the others.",)
