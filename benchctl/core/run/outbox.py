"""What one event causes: orders and facts, in order. The only thing the parts of the core write to."""

from dataclasses import dataclass, field

from benchctl.core.messages import Fact, Order


@dataclass(slots=True)
class Outbox:
    """Collects; never looks back. Prompts and alarms are numbered here so that their ids are unique in a run."""

    orders: list[Order] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    prompts: int = 0
    alarms: int = 0

    def order(self, *orders: Order) -> None:
        """Let machines do something."""
        self.orders += orders

    def fact(self, *facts: Fact) -> None:
        """State something for the journal."""
        self.facts += facts

    def next_prompt(self) -> str:
        """A fresh prompt id: Q1, Q2, …"""
        self.prompts += 1
        return f"Q{self.prompts}"

    def next_alarm(self) -> str:
        """A fresh alarm id: A1, A2, …"""
        self.alarms += 1
        return f"A{self.alarms}"

    def take(self) -> tuple[tuple[Order, ...], tuple[Fact, ...]]:
        """Everything so far; the box is empty afterwards."""
        taken = tuple(self.orders), tuple(self.facts)
        self.orders.clear()
        self.facts.clear()
        return taken
