"""The one screen: looks about four times a second, draws what it sees, and turns keys into wishes."""

import asyncio
from datetime import datetime

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from benchctl.core import messages as wishes
from benchctl.core.errors import BenchctlError
from benchctl.core.messages import Wish
from benchctl.core.model import AlarmState
from benchctl.core.sights import AlarmSight
from benchctl.core.view import RunView
from benchctl.tui import bars, shown
from benchctl.tui.bars import Bar, Key
from benchctl.tui.cards import CardPicked, Cards
from benchctl.tui.chart import Chart
from benchctl.tui.event_list import EventList
from benchctl.tui.follow import Followed
from benchctl.tui.idle import Idle
from benchctl.tui.ink import ACCENT, DIM, TEXT, WARN, ink
from benchctl.tui.messages import Looked, StartChosen, Wished, WishTold
from benchctl.tui.port import Clock, Launch, Outside, Start, StartWanted, Told
from benchctl.tui.room import share
from benchctl.tui.start_dialog import StartDialog

LOOK_S = 0.25
SETTLE_S = 1.0
"""A prompt younger than this is not answered: the key was meant for the one before it."""
ANSWER_SHOWN_S = 12.0
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


class BenchScreen(Screen[None]):
    """Follows a home. `look_s` None: looks only when told to."""

    BINDINGS = [  # noqa: RUF012 (Textual reads it as a class variable)
        Binding("s,S", "start", "Start"),
        Binding("x,X", "stop", "Stop"),
        Binding("a,A", "acknowledge", "Acknowledge"),
        Binding("r,R", "reset", "Reset"),
        Binding("enter", "answer", "Done"),
        Binding("tab,right,down", "choose(1)", "Next battery"),
        Binding("shift+tab,left,up", "choose(-1)", "Battery before"),
        Binding("q,Q", "leave", "Leave"),
        Binding("ctrl+c", "explain_leaving", "Leave"),
    ]

    def __init__(
        self, outside: Outside, clock: Clock, operator: str, start: Start, look_s: float | None = LOOK_S
    ) -> None:
        super().__init__()
        self._outside, self._clock, self._operator, self._start, self._look_s = outside, clock, operator, start, look_s
        self.followed = Followed(outside, clock)
        self.chosen = 0
        self._launch: tuple[Launch, str | None] | None = None  # with the run that stood before it
        self._told: tuple[str, str, float] | None = None  # sentence, colour, when
        self._prompt: tuple[str | None, float] = (None, clock.monotonic_s())  # the one on display, since when

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

    def on_mount(self) -> None:
        """Begin to look."""
        self.draw()
        self.run_worker(self._watch(), exclusive=True)

    async def on_unmount(self) -> None:
        """Let go of the home."""
        await self.followed.close()

    async def _watch(self) -> None:
        await self.look()
        while self._look_s is not None:
            await asyncio.sleep(self._look_s)
            await self.look()

    async def look(self) -> None:
        """Look once, and say so."""
        await self.followed.look()
        await self._hear_launch()
        self.post_message(Looked())

    async def _hear_launch(self) -> None:
        """A start that ended without a run of its own has said why."""
        if self._launch is None:
            return
        launch, run_before = self._launch
        last_words = await asyncio.to_thread(launch.ended)
        if self.followed.standing.run != run_before:
            self._launch = None
        elif last_words is not None:
            self._launch = None
            self._say(last_words, WARN)

    # ------------------------------------------------------------ drawing

    def on_looked(self) -> None:
        """Draw what is new."""
        self.draw()

    def on_resize(self) -> None:
        """Draw for another size."""
        self.draw()

    def draw(self) -> None:
        """Give every part what it shows, and its share of the lines."""
        width, height = self.size
        if not self.is_mounted or width == 0:
            return
        view, standing = self.followed.view, self.followed.standing
        at = shown.now(view, standing, self._clock)
        taken = self._draw_bars(width, height, at)
        met = view is not None and bool(view.positions)
        self.query_one(Idle).display = not met
        self.query_one("#key-x").set_class(standing.alive or standing.starting, "live")
        needed = self._draw_cards(view, width, at) if view is not None and met else 0
        self._give_room(height - taken - 1, needed, met)
        if view is not None and met:
            self.query_one(Chart).show(shown.curve(view, self._clock, self.chosen))
            self.query_one(EventList).show(shown.events(view, self._clock, most=height))

    def _draw_bars(self, width: int, height: int, at: datetime) -> int:
        """Fill the bars; returns the lines they take."""
        view, standing = self.followed.view, self.followed.standing
        over = view is not None and view.verdict is not None
        header = shown.header(view, standing, self._clock, self.followed.news_s)
        plan = shown.plan(view, self._clock) if view is not None and not over else []
        return sum((
            self._bar("header").put(bars.header_lines(header, width)),
            self._draw_verdict(view, width, height),
            self._bar("plan").put(bars.plan_line(plan, view.permit if view is not None else None, at, width)),
            self._draw_alarms(shown.alarms(view, standing), width),
            self._bar("elsewhere").put(shown.elsewhere(view, width) if view is not None else []),
            self._draw_prompt(view, width),
            self._bar("hint").put([ink(f" {sentence}", colour) for sentence, colour in [self._hint()]]),
        ))

    def _draw_verdict(self, view: RunView | None, width: int, height: int) -> int:
        bar = self._bar("verdict")
        if view is None or view.verdict is None:
            return bar.put([])
        bar.styles.background = bars.verdict_ground(view.verdict.verdict)
        return bar.put(bars.verdict_lines(view.verdict, view.limit_v, width, height // 3))

    def _draw_alarms(self, alarms: list[AlarmSight], width: int) -> int:
        bar = self._bar("alarms")
        bar.set_class(all(alarm.state is AlarmState.ACK for alarm in alarms), "seen")
        return bar.put(bars.alarm_lines(alarms, width))

    def _draw_prompt(self, view: RunView | None, width: int) -> int:
        prompts = list(view.prompts.values()) if view is not None and self.followed.standing.alive else []
        first = prompts[0].prompt if prompts else None
        if first != self._prompt[0]:
            self._prompt = first, self._clock.monotonic_s()
        return self._bar("prompt").put(bars.prompt_lines(prompts, width))

    def _draw_cards(self, view: RunView, width: int, at: datetime) -> int:
        """Show the cards; returns the lines all of them take."""
        self.chosen = min(self.chosen, len(view.positions) - 1)
        cards = self.query_one(Cards)
        cards.show(shown.cards(view, self._clock, self.chosen, at))
        return cards.fit(width)

    def _give_room(self, height: int, cards_need: int, met: bool) -> None:
        room = share(height, cards_need, chart_wanted=met)
        for part, lines in ((Cards, room.cards), (Chart, room.chart)):
            self._resize(self.query_one(part), lines if met else 0)
        self._resize(self.query_one("#lower"), room.events if met else 0)
        night, view = self._bar("night"), self.followed.view
        wide = view is not None and met and self.size.width >= WIDE
        over = view is not None and view.verdict is not None
        night.put(self._night(view, room.events) if view is not None and wide and not over else [])

    def _night(self, view: RunView, rows: int) -> list[Content]:
        at = shown.now(view, self.followed.standing, self._clock)
        return bars.plan_lines(shown.plan(view, self._clock), at, NIGHT_WIDTH, rows)

    def _resize(self, part: Widget, lines: int) -> None:
        part.display = lines > 0
        part.styles.height = lines

    def _bar(self, name: str) -> Bar:
        return self.query_one(f"#{name}", Bar)

    def _hint(self) -> tuple[str, str]:
        """The last answer for a while, then what could be done next."""
        if self.followed.fault is not None:
            return f"Cannot read the home: {self.followed.fault}", WARN
        if self._told is not None and self._clock.monotonic_s() - self._told[2] < ANSWER_SHOWN_S:
            return self._told[0], self._told[1]
        return shown.hint(self.followed.view, self.followed.standing), DIM

    def _say(self, sentence: str, colour: str = TEXT) -> None:
        self._told = sentence, colour, self._clock.monotonic_s()
        self.draw()

    # ------------------------------------------------------------ keys

    def action_stop(self) -> None:
        """The orderly stop: one key, at once, and said so."""
        if not self.followed.standing.alive and not self.followed.standing.starting:
            self._say("Nothing is running: there is nothing to stop.")
            return
        self._say("STOP asked for. Waiting for the engine's answer …", ACCENT)
        self.post_message(Wished(wishes.StopRequested(self._operator)))

    def action_acknowledge(self) -> None:
        """Acknowledge the alarm on display; it stays latched."""
        alarms = shown.alarms(self.followed.view, self.followed.standing)
        fresh = [alarm for alarm in alarms if alarm.state is not AlarmState.ACK]
        if not fresh:
            self._say("There is no alarm to acknowledge.")
            return
        self._choose(fresh[0].position)
        self.post_message(Wished(wishes.AckRequested(fresh[0].alarm, self._operator)))

    def action_reset(self) -> None:
        """Lift the latch of the chosen position."""
        position = self._latched_position()
        if position is None:
            self._say("Nothing to reset: choose a tripped battery first.")
            return
        self.post_message(Wished(wishes.ResetRequested(position, self._operator)))

    def action_answer(self) -> None:
        """Say that the prompt on display is done."""
        prompt, since_s = self._prompt
        if prompt is None:
            self._say("Nobody is asked for anything just now.")
        elif self._clock.monotonic_s() - since_s < SETTLE_S:
            self._say("This prompt has just come up: read it, then press Enter.", ACCENT)
        else:
            self.post_message(Wished(wishes.Answered(prompt, "done", self._operator)))

    def action_choose(self, step: int) -> None:
        """Choose the next or the previous battery."""
        names = list(self.followed.view.positions) if self.followed.view is not None else []
        if names:
            self._choose(names[(self.chosen + step) % len(names)])

    def on_card_picked(self, picked: CardPicked) -> None:
        """A card was clicked."""
        self._choose(picked.position)

    def _choose(self, position: str | None) -> None:
        names = list(self.followed.view.positions) if self.followed.view is not None else []
        if position in names:
            self.chosen = names.index(position)
            self.draw()
            self.query_one(Cards).reveal(self.chosen)

    def action_leave(self) -> None:
        """Leave the screen; what runs, runs on."""
        running = self.followed.standing.alive
        self.app.exit(message="The run goes on. `benchctl` shows it again." if running else None)

    def action_explain_leaving(self) -> None:
        """Ctrl-C could mean either, so it does neither."""
        self._say("X stops the run. Q leaves this screen, and the run goes on.", ACCENT)

    async def action_start(self) -> None:
        """Ask for the bank file."""
        if self.followed.standing.alive or self.followed.standing.starting:
            self._say("A run is going on here; the next one can start when it is over.")
            return
        self.app.push_screen(StartDialog(await self.followed.bank_files()), self._on_start_dialog)

    def _on_start_dialog(self, wanted: StartWanted | None) -> None:
        if wanted is not None:
            self.post_message(StartChosen(wanted))

    def _latched_position(self) -> str | None:
        """Where a reset is meant: the chosen position while a run is on, afterwards wherever a latch stands."""
        view, standing = self.followed.view, self.followed.standing
        names = list(view.positions) if view is not None else []
        chosen = names[self.chosen] if self.chosen < len(names) else None
        left = [latch.position for latch in standing.latches]
        return chosen if standing.alive or chosen in left else next(iter(left), None)

    # ------------------------------------------------------------ outward

    def on_wished(self, wished: Wished) -> None:
        """Post a wish and wait for its answer, without holding up the screen."""
        self.run_worker(self._ask(wished.wish))

    async def _ask(self, wish: Wish) -> None:
        try:
            told = await asyncio.to_thread(self._outside.ask, wish)
        except (OSError, BenchctlError) as fault:
            told = Told(accepted=False, sentence=f"The wish could not be posted: {fault}")
        self.post_message(WishTold(wish, told))

    def on_wish_told(self, answer: WishTold) -> None:
        """Show what the engine said."""
        self._say(answer.told.sentence, TEXT if answer.told.accepted else WARN)

    async def on_start_chosen(self, chosen: StartChosen) -> None:
        """Start the run in a process of its own."""
        try:
            launch = await asyncio.to_thread(self._start, chosen.wanted)
        except (OSError, BenchctlError) as fault:
            self._say(f"The run could not be started: {fault}", WARN)
            return
        self._launch = launch, self.followed.standing.run
        self._say("Starting: the files are read and every instrument is asked who it is.", ACCENT)
