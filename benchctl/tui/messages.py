"""Everything the parts of the screen say to each other."""

from textual.message import Message

from benchctl.core.messages import Wish
from benchctl.tui.port import StartWanted, Told


class Looked(Message, bubble=False):
    """The outside was looked at; the view is as new as it gets."""

    def can_replace(self, message: Message) -> bool:
        """An older look that still waits is not worth drawing."""
        return isinstance(message, Looked)


class Wished(Message, bubble=False):
    """A key was pressed: this wish goes into the inbox."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish


class WishTold(Message, bubble=False):
    """A wish was answered."""

    def __init__(self, wish: Wish, told: Told) -> None:
        super().__init__()
        self.wish, self.told = wish, told


class StartChosen(Message, bubble=False):
    """The start dialog was filled in."""

    def __init__(self, wanted: StartWanted) -> None:
        super().__init__()
        self.wanted = wanted
