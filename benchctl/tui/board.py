"""The parts of the screen, from top to bottom, and which shows what. It draws what it is given and asks nobody."""

from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from benchctl.core.model import AlarmState
from benchctl.core.view.runview import RunView
from benchctl.core.view.sights import AlarmSight
from benchctl.tui import bars, shown
from benchctl.tui.bars import Bar, Key
from benchctl.tui.cards import CARD_HEIGHT, Cards
from benchctl.tui.chart import Chart
from benchctl.tui.event_list import EventList
from benchctl.tui.idle import Idle
from benchctl.tui.ink import VERDICT_GROUNDS, WARN_GROUND
from benchctl.tui.port import Clock, Standing
from benchctl.tui.room import share

WIDE, NIGHT_WIDTH = 120, 62
"""From this width on, the plan of the night has its own panel, that wide."""

KEYS = (
    ("S", "Start", "start"),
    ("X", "STOP", "stop"),
    ("A", "Acknowledge", "acknowledge"),
    ("R", "Reset", "reset"),
    ("Enter", "Done", "answer"),
    ("Tab", "Battery", "choose(1)"),
    ("Q", "Leave", "leave"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn. `hint` is a sentence and its colour; `news_s` is when the last row came; `reading` how many
    rows of a long journal have been read, None when it is read to its end."""

    view: RunView | None
    standing: Standing
    news_s: float
    reading: int | None
    chosen: int
    hint: tuple[str, str]


class Board(Vertical):
    """Everything on the screen."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="board")
        self._clock = clock
        self._picture: Picture | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Bar("header")
        yield Bar("verdict")
        yield Bar("plan")
        yield Bar("alarms")
        yield Idle()
        yield Cards()
        yield Bar("elsewhere")
        yield Chart()
        with Horizontal(id="lower"):
            yield EventList()
            yield Bar("night")
        yield Bar("prompt")
        yield Bar("hint")
        with Horizontal(id="footer"):
            for key, word, action in KEYS:
                yield Key(key, word, action)

    def on_resize(self) -> None:
        """Draw the same for another size."""
        if self._picture is not None:
            self.draw(self._picture)

    def draw(self, picture: Picture) -> None:
        """Give every part what it shows, and its share of the lines."""
        self._picture = picture
        view, standing = picture.view, picture.standing
        width, height = self.size
        if width == 0:  # not laid out yet; `on_resize` comes back to it
            return
        at = shown.now(view, standing, self._clock)
        taken = self._draw_bars(picture, at)
        self.query_one("#key-x").set_class(standing.alive or standing.starting, "live")
        met = view is not None and bool(view.positions)
        self.query_one(Idle).show(met, shown.news(standing, picture.reading))
        needed = self._draw_cards(view, picture, at) if view is not None and met else 0
        room = share(height - taken - 1, needed, CARD_HEIGHT + 1, chart_wanted=met)
        for part, lines in (("#cards", room.cards), ("#chart", room.chart), ("#lower", room.events)):
            _resize(self.query_one(part), lines if met else 0)
        if view is not None and met:
            self.query_one(Chart).show(shown.curve(view, self._clock, picture.chosen))
            self.query_one(EventList).show(shown.events(view, self._clock, most=height))
        wide = room.events if met and width >= WIDE else 0
        self._bar("night").put(bars.plan_lines(self._plan(picture), at, NIGHT_WIDTH, wide))

    def reveal(self, index: int) -> None:
        """Scroll until a card is in sight."""
        self.query_one(Cards).reveal(index)

    def _draw_bars(self, picture: Picture, at: datetime) -> int:
        """Fill the bars; returns the lines they take."""
        view, standing, width = picture.view, picture.standing, self.size.width
        header = shown.header(view, standing, self._clock, picture.news_s)
        permit = view.permit if view is not None else None
        prompts = list(view.prompts.values()) if view is not None and standing.alive else []
        return sum(
            (
                self._bar("header").put(bars.header_lines(header, width)),
                self._draw_verdict(view, standing),
                self._bar("plan").put(bars.plan_line(self._plan(picture), permit, at, width)),
                self._draw_alarms(shown.alarms(view, standing), view),
                self._bar("elsewhere").put(shown.elsewhere(view, width) if view is not None else []),
                self._bar("prompt").put(bars.prompt_lines(prompts, width)),
                self._bar("hint").put(bars.hint_lines(*picture.hint, width)),
            )
        )

    def _draw_verdict(self, view: RunView | None, standing: Standing) -> int:
        bar, (width, height) = self._bar("verdict"), self.size
        if shown.interrupted(view, standing):
            bar.styles.background = WARN_GROUND
            return bar.put(bars.interrupted_lines(width))
        if view is None or view.verdict is None:
            return bar.put([])
        bar.styles.background = VERDICT_GROUNDS[view.verdict.verdict]
        return bar.put(bars.verdict_lines(view.verdict, view.limit_v, width, height // 3))

    def _draw_alarms(self, alarms: list[AlarmSight], view: RunView | None) -> int:
        bar = self._bar("alarms")
        bar.set_class(all(alarm.state is AlarmState.ACK for alarm in alarms), "seen")
        return bar.put(bars.alarm_lines(alarms, None if view is None else view.flood, self.size.width))

    def _draw_cards(self, view: RunView, picture: Picture, at: datetime) -> int:
        """Show the cards; returns the lines all of them take."""
        cards = self.query_one(Cards)
        known = view.without_engine() if shown.interrupted(view, picture.standing) else view
        cards.show(shown.cards(known, self._clock, picture.chosen, at))
        return cards.fit(self.size.width)

    def _plan(self, picture: Picture) -> list[bars.StepShown]:
        """What is still to come; of a run that is over or interrupted, nothing."""
        view = picture.view
        over = view is None or view.verdict is not None or shown.interrupted(view, picture.standing)
        return [] if view is None or over else shown.plan(view, self._clock)

    def _bar(self, name: str) -> Bar:
        return self.query_one(f"#{name}", Bar)


def _resize(part: Widget, lines: int) -> None:
    part.display = lines > 0
    part.styles.height = lines
