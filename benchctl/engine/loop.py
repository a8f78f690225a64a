"""The loop: collect events, feed the core, journal, carry out its orders; one complete turn after the other.

What waits and what never does: an off leaves at once; a look leaves at once, for it changes nothing; what energises
waits until its intent, and with it everything that led to it, is on disk; so does whatever is told to people.
A turn is complete when its tick, its wishes and the answers that came have been fed and handed to the journal; only
then is the lease stamped. In lock-step a turn waits for all its answers and takes them in the order of positions, so
that a run repeats; otherwise an answer is fed when it comes, so that a silent instrument holds up nobody else.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence

from benchctl.core import messages as m
from benchctl.core.journal.chain import Entry
from benchctl.core.journal.codec import entry
from benchctl.core.rows import Body, Intent, Samples
from benchctl.core.run.bench import Bench
from benchctl.edge.journal import Log
from benchctl.edge.wire import Outcome
from benchctl.engine.durable import Durable
from benchctl.engine.ports import Hands, Hardware, Host, Lease, Teller, Time, Wishes

TURN_S = 0.25
"""A turn waits no longer for answers where time passes by itself, so that wishes are heard and the lease is stamped."""

FAREWELL_S = 1.0
"""Patience for the last rows to be told; making them durable is the closing's business."""

ANSWER_S = 1.0
"""Patience of one look into the queue of answers in lock-step; every order has an outcome in the end."""

LOOKS = (m.Polled, m.MetersScanned, m.TemperatureRead, m.SettingsRead)


class Loop:
    """One run on one bench, from `Started` to its verdict."""

    def __init__(
        self,
        bench: Bench,
        hardware: Hardware,
        time: Time,
        journal: Log,
        durable: Durable,
        wishes: Wishes,
        lease: Lease,
        teller: Teller,
        hands: Hands,
        host: Host,
        rank: dict[str, int],
    ) -> None:
        self._bench = bench
        self._hardware = hardware
        self._time = time
        self._journal = journal
        self._durable = durable
        self._wishes = wishes
        self._lease = lease
        self._teller = teller
        self._hands = hands
        self._host = host
        self._rank = rank
        self._looks: list[m.Sampled | m.SettingsRead] = []
        self._rows: list[Entry] = []
        self._told: list[tuple[str, Body]] = []
        self._held: deque[tuple[int, Callable[[], None]]] = deque()
        self._shown: deque[tuple[int, Callable[[], None]]] = deque()
        self._asked: deque[m.Wish] = deque()
        self._offs: Counter[str] = Counter()
        self._resets: defaultdict[str, list[str]] = defaultdict(list)
        self._collapsed = False
        self._turn = 1

    # ------------------------------------------------------------ turns

    def run(self) -> m.VerdictReached:
        """Turn after turn until the core has its verdict and it is on disk."""
        self._feed(m.Started())
        while self._bench.verdict is None:
            self.turn()
            self.sleep()
        self._flush()
        self._release(FAREWELL_S)
        self._stamp()
        return self._bench.verdict

    def turn(self) -> None:
        """One complete turn."""
        self._heed()
        self._feed(m.Ticked())
        self._settle()
        self._flush()
        self._release(0.0)
        self._show()
        self._stamp()

    def sleep(self) -> None:
        """Until the next turn is due. A turn that waited in vain for an answer has slept already: the others would be
        asked later by every silent instrument."""
        if not self._hardware.outstanding:
            due_s = self._bench.next_due_s(self._time.now_s())
            self._time.pass_until(due_s, self._bench.waits_for_hands)

    def _stamp(self) -> None:
        self._turn += 1
        self._lease.stamp(self._turn)

    def ask(self, wish: m.Wish) -> None:
        """A wish that came by signal; safe to call from a signal handler."""
        self._asked.append(wish)

    def _heed(self) -> None:
        while self._asked:
            self._feed(self._asked.popleft())
        for name, wish in self._wishes.received():
            self._grant(name, wish)
        for warning in self._host.look():
            self._feed(warning)
        if not self._collapsed and (end := self._end()) is not None:
            self._collapsed = True
            self._feed(end)

    def _end(self) -> m.GuardLost | m.JournalFailed | m.Suspended | None:
        lost = self._lease.standing()
        return m.GuardLost(lost) if lost else self._host.ends()

    def _grant(self, name: str, wish: m.Wish) -> None:
        """Feed a wish. What becomes of a reset is not known before the supply has been asked."""
        facts = self._feed(wish)
        if isinstance(wish, m.ResetRequested) and not _refusals(facts):
            self._resets[wish.position].append(name)
        else:
            self._answer(name, facts)

    def _answer(self, name: str, facts: Sequence[m.Fact]) -> None:
        """The answer to a wish leaves when what it came to is on disk."""
        refused = _refusals(facts)
        sentence = " ".join(refused) if refused else "Accepted."
        self._after(lambda: self._wishes.answer(name, not refused, sentence))

    def _settle(self) -> None:
        """Let the answers of this turn come in."""
        if self._time.lock_step:
            self._settle_together()
            return
        until_s = self._time.now_s() + TURN_S
        while self._hardware.outstanding and (left_s := until_s - self._time.now_s()) > 0:
            for outcome in self._hardware.take(left_s):
                self._feed_all(outcome)
            self._release(0.0)

    def _settle_together(self) -> None:
        """Simulated time stands still for the answers and for the disk; people and the guard do not wait for it."""
        while self._hardware.outstanding or self._held:
            self._release(TURN_S)
            self._take_all()
            if self._held and self._durable.seq < self._held[0][0]:
                if self._host.disk_trouble() is not None:
                    break
                self._heed()
                self._stamp()

    def _take_all(self) -> None:
        """All answers that are owed, in the order of positions."""
        outcomes: list[Outcome] = []
        while self._hardware.outstanding:
            outcomes += self._hardware.take(ANSWER_S)
        self._time.waited(max((outcome.lost_s for outcome in outcomes), default=0.0))
        for outcome in sorted(outcomes, key=self._place_of):
            self._feed_all(outcome)

    def _feed_all(self, outcome: Outcome) -> None:
        facts = [fact for event in outcome.events for fact in self._feed(event)]
        if isinstance(outcome.order, m.ClearTrip):
            for name in self._resets.pop(outcome.order.position, ()):
                self._answer(name, facts)

    def _place_of(self, outcome: Outcome) -> tuple[int, bool]:
        """Its position's place in the file, supplies first; orders of one instrument stay in their order."""
        order = outcome.order
        name = order.positions[0] if isinstance(order, m.ScanMeters) else order.position
        return self._rank.get(name, len(self._rank)), isinstance(order, m.ScanMeters | m.ReadTemperature)

    # ------------------------------------------------------------ feeding the core

    def _feed(self, event: m.Event) -> tuple[m.Fact, ...]:
        at_s = self._time.now_s()
        orders, facts = self._bench.feed(event, at_s)
        for order in orders:
            if isinstance(order, m.SwitchOff):
                self._offs[order.position] += 1
                self._hardware.submit(order)
        self._write_event(event, at_s, bool(facts))
        for fact in facts:
            self._write(fact, at_s)
        for order in orders:
            self._order(order, at_s)
        return facts

    def _order(self, order: m.Order, at_s: float) -> None:
        if isinstance(order, m.SwitchOff):
            return
        if isinstance(order, m.ENERGISING):
            self._write(Intent(order), at_s)
            offs = self._offs[order.position]
            self._after(lambda: self._energise(order, offs))
        elif isinstance(order, m.MoveLeads):
            self._hands.moved(order.position, *order.serials)
        elif isinstance(order, m.MoveProbes):
            self._hands.held(order.instrument, order.serial)
        else:
            self._hardware.submit(order)

    def _energise(self, order: m.Program | m.SwitchOn | m.ClearTrip, offs: int) -> None:
        """Out through the last door: with the intent on disk, only while the guard stands, and never after an off that
        was said while the disk was awaited. While the disk is slow it waits for what was written since, too. Clearing a
        trip opens no door for an ON."""
        if self._host.holds:
            self._after(lambda: self._energise(order, offs))
        elif self._offs[order.position] == offs and self._lease.answered and self._lease.standing() is None:
            if isinstance(order, m.ClearTrip):
                self._hardware.submit(order)
            else:
                self._hardware.energise(order)

    # ------------------------------------------------------------ the journal

    def _write_event(self, event: m.Event, at_s: float, consequential: bool) -> None:
        if isinstance(event, m.Ticked):
            return
        if isinstance(event, LOOKS):
            self._looks.append(event)
            if consequential:
                self._write_looks(at_s)
        else:
            self._write(event, at_s)

    def _write_looks(self, at_s: float) -> None:
        """The looks of a cycle share a row; what follows from one of them comes after it."""
        if not self._looks:
            return
        looks, self._looks = self._looks, []
        row = Samples(
            tuple(look for look in looks if isinstance(look, m.Polled)),
            tuple(look for look in looks if isinstance(look, m.MetersScanned)),
            tuple(look for look in looks if isinstance(look, m.TemperatureRead)),
            tuple(look for look in looks if isinstance(look, m.SettingsRead)),
        )
        wall = self._time.wall()
        self._rows.append(entry(row, at_s=at_s, wall=wall, actor="engine"))
        self._told.append((wall, row))

    def _write(self, body: Body, at_s: float) -> None:
        wall = self._time.wall()
        operator = getattr(body, "operator", None)
        actor = f"operator:{operator}" if operator else "engine"
        self._rows.append(entry(body, at_s=at_s, wall=wall, actor=actor))
        self._told.append((wall, body))

    def _flush(self) -> None:
        """Hand everything to the journal; what is told of it waits until it is on disk."""
        self._write_looks(self._time.now_s())
        rows, self._rows = self._rows, []
        told, self._told = self._told, []
        if rows:
            seq = self._journal.append(rows)
            for wall, body in told:
                waiting = self._shown if isinstance(body, Samples) else self._held
                waiting.append((seq, self._telling(wall, body)))

    def _telling(self, wall: str, body: Body) -> Callable[[], None]:
        return lambda: self._teller.tell(wall, body)

    def _after(self, act: Callable[[], None]) -> None:
        """Act when everything written so far is on disk."""
        self._flush()
        self._held.append((self._journal.append([]), act))

    def _release(self, patience_s: float) -> None:
        """Let go what its commit has freed, waiting at most so long for each. A failed journal frees nothing."""
        while self._held:
            seq, act = self._held[0]
            if patience_s:
                self._durable.wait(seq, patience_s)
            if self._durable.broken is not None:
                self._held.clear()
            if not self._held or self._durable.seq < seq:
                return
            self._held.popleft()
            act()

    def _show(self) -> None:
        """Tell the looks that are on disk by now. No turn ever waits for that, for nothing follows from it."""
        while self._shown and self._durable.seq >= self._shown[0][0]:
            self._shown.popleft()[1]()


def _refusals(facts: Sequence[m.Fact]) -> list[str]:
    return [fact.reason for fact in facts if isinstance(fact, m.WishRefused)]
