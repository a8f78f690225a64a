"""Arithmetic on the wall-clock texts of the journal (`2026-05-01T21:30:00.125+02:00`): labels, never durations.

The text carries its own offset and keeps it. A text of another form gives None: no label is better than a wrong one.
"""

import re

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY_S = 86400


def later(wall: str, seconds: float) -> str | None:
    """The wall-clock text `seconds` after `wall`, to the second, in the same offset."""
    found = _FORM.fullmatch(wall)
    if found is None:
        return None
    days, rest_s = divmod(_local_s(found) + round(seconds), _DAY_S)
    year, month, day = _civil(days)
    hour, minute = divmod(rest_s // 60, 60)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{rest_s % 60:02d}{found[7] or ''}"


def seconds_between(first: str, second: str) -> float | None:
    """From `first` to `second` in whole seconds, each in its own offset."""
    ends = [_FORM.fullmatch(wall) for wall in (first, second)]
    times = [_local_s(end) - _offset_s(end[7]) for end in ends if end is not None]
    return float(times[1] - times[0]) if len(times) == 2 else None


def clock(wall: str) -> str | None:
    """Hours and minutes of the text, as it states them."""
    return wall[11:16] if _FORM.fullmatch(wall) else None


def _local_s(found: re.Match[str]) -> int:
    year, month, day, hour, minute, second = (int(found[part]) for part in range(1, 7))
    return _days(year, month, day) * _DAY_S + hour * 3600 + minute * 60 + second


def _offset_s(text: str | None) -> int:
    if text is None or text == "Z":
        return 0
    seconds = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return -seconds if text[0] == "-" else seconds


# Days count from 1 March of year 0, so that the leap day is the last day of a year.
def _days(year: int, month: int, day: int) -> int:
    year -= month <= 2
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 1


def _civil(days: int) -> tuple[int, int, int]:
    era, rest = divmod(days, 146097)
    year = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
    of_year = rest - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return era * 400 + year + (month >= 10), (month + 2) % 12 + 1, day
