"""The one screen: looks about four times a second, draws what it sees, and turns keys into wishes."""

import asyncio
from math import inf

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from benchctl.core import messages as wishes
from benchctl.core.errors import BenchctlError
from benchctl.core.messages import Wish
from benchctl.core.model import AlarmState
from benchctl.tui import shown
from benchctl.tui.bank_dialog import BankDialog
from benchctl.tui.bars import foremost
from benchctl.tui.board import Board, Picture
from benchctl.tui.cards import CardPicked
from benchctl.tui.follow import Followed
from benchctl.tui.ink import ACCENT, DIM, TEXT, WARN
from benchctl.tui.messages import Looked, StartChosen, Wished, WishTold
from benchctl.tui.port import Clock, Launch, Outside, Start, StartWanted, Told
from benchctl.tui.start_dialog import StartDialog

LOOK_S = 0.25
SETTLE_S = 1.0
"""A prompt younger than this is not answered: the key was meant for the one before it."""
ANSWER_SHOWN_S = 12.0

WISH_WORDS: dict[type[Wish], str] = {
    wishes.StopRequested: "STOP",
    wishes.OffRequested: "OFF",
    wishes.AckRequested: "Acknowledge",
    wishes.ResetRequested: "Reset",
    wishes.Answered: "Answer",
}


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
        self._board = Board(clock)
        self.chosen = 0
        self._launch: tuple[Launch, str | None] | None = None  # with the run that stood before it
        self._told: tuple[str, str, float] | None = None  # sentence, colour, shown until when
        self._rung = 0
        self._prompt: tuple[str | None, float] = (None, clock.monotonic_s())  # the one on display, since when

    def compose(self) -> ComposeResult:
        """Everything is on the board."""
        yield self._board

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
        await self.followed.look(going_on=self.draw)
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
            self._say(last_words, WARN, shown_s=inf)  # until the next key: somebody may have gone for coffee

    # ------------------------------------------------------------ drawing

    def on_looked(self) -> None:
        """Draw what is new."""
        self.draw()

    def draw(self) -> None:
        """Draw what is known now."""
        if not self._board.is_mounted:
            return
        followed = self.followed
        count = len(followed.view.positions) if followed.view is not None else 0
        self._ring()
        self.chosen = max(0, min(self.chosen, count - 1))
        self._notice_prompt()
        view = followed.view if followed.reading is None else None  # half a journal is yesterday's truth
        picture = Picture(view, followed.standing, followed.news_s, followed.reading, self.chosen, self._hint())
        self._board.draw(picture)

    def _ring(self) -> None:
        """A bell for every battery that a hand-held meter has read: eyes are on the probes."""
        count = self.followed.view.readings_by_hand if self.followed.view is not None else 0
        if self.followed.standing.alive and self.followed.reading is None and count > self._rung:
            self.app.bell()
        self._rung = count

    def _notice_prompt(self) -> None:
        """Note since when the prompt on display has been there."""
        view = self.followed.view
        prompts = list(view.prompts) if view is not None and self.followed.standing.alive else []
        first = prompts[0] if prompts else None
        if first != self._prompt[0]:
            self._prompt = first, self._clock.monotonic_s()

    def _hint(self) -> tuple[str, str]:
        """The last answer for a while, then what could be done next."""
        if self.followed.fault is not None:
            return f"Cannot read the home: {self.followed.fault}", WARN
        if self._told is not None and self._clock.monotonic_s() < self._told[2]:
            return self._told[0], self._told[1]
        return shown.hint(self.followed.view, self.followed.standing), DIM

    def _say(self, sentence: str, colour: str = TEXT, shown_s: float = ANSWER_SHOWN_S) -> None:
        self._told = sentence, colour, self._clock.monotonic_s() + shown_s
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
        if all(alarm.state is AlarmState.ACK for alarm in alarms):
            self._say("There is no alarm to acknowledge.")
            return
        alarm = foremost(alarms)
        self._choose(alarm.position)
        self.post_message(Wished(wishes.AckRequested(alarm.alarm, self._operator)))

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
            self._board.reveal(self.chosen)

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
        banks = await self.followed.bank_files()
        self.app.push_screen(StartDialog(banks, self._bank_dialog), self._on_start_dialog)

    def _bank_dialog(self) -> BankDialog:
        return BankDialog(self._clock, self.followed.keep_bank)

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
        what = WISH_WORDS[type(answer.wish)]
        self._say(f"{what}: {answer.told.sentence}", TEXT if answer.told.accepted else WARN)

    async def on_start_chosen(self, chosen: StartChosen) -> None:
        """Start the run in a process of its own."""
        try:
            launch = await asyncio.to_thread(self._start, chosen.wanted)
        except (OSError, BenchctlError) as fault:
            self._say(f"The run could not be started: {fault}", WARN)
            return
        self._launch = launch, self.followed.standing.run
        self._say("Starting: the files are read and every instrument is asked who it is.", ACCENT)
