"""Who gets how many lines: bars take what they need, cards what they may, events and chart share the rest."""

from dataclasses import dataclass

LEAST_EVENTS, LEAST_CHART, MOST_EVENTS = 3, 6, 12


@dataclass(frozen=True, slots=True)
class Room:
    """Heights in lines; 0 hides."""

    cards: int
    chart: int
    events: int


def share(height: int, cards_need: int, pitch: int, chart_wanted: bool) -> Room:
    """Share `height` lines; `cards_need` is what all cards together would take, one row of them every `pitch` lines.

    Cards keep everything but a few events; if that is not enough, as many whole rows as fit, and scroll. The chart
    needs a least height to say anything and stays away below it.
    """
    most = max(0, height - LEAST_EVENTS)
    whole = (most + 1) // pitch * pitch - 1
    cards = cards_need if cards_need <= most else whole if whole > 0 else most
    left = max(0, height - cards)
    if not chart_wanted or left < LEAST_CHART + LEAST_EVENTS:
        return Room(cards, 0, left)
    events = min(MOST_EVENTS, max(LEAST_EVENTS, left // 3))
    return Room(cards, left - events, events)
