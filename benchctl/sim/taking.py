"""Who is in control of a simulated instrument: its front panel, or a client that has taken remote control."""

from enum import StrEnum

from benchctl.core.dialect.voice import Operation
from benchctl.sim.notation import Arguments
from benchctl.sim.scpi import Misread, ScpiError
from benchctl.sim.verbs import Device, Maker, Thunk, Verb, always


class State(StrEnum):
    """The states of SCPI-1999, volume 2, 21.3."""

    LOCAL = "LOC"
    REMOTE = "REM"
    LOCKED = "RWL"


class Taking:
    """The state and its verbs. `refuses`: a front panel that has taken local control keeps it, whoever asks."""

    def __init__(self, device: Device, refuses: bool) -> None:
        self._device, self._refuses = device, refuses
        self._told = State.LOCAL

    @property
    def remote(self) -> bool:
        """Whether a client has taken remote control."""
        return self._told is not State.LOCAL

    def makers(self) -> dict[str, Maker]:
        """`control STATE`, or by the word or switch of a message; `controlled FORM` and `owner`, who it is."""
        return {
            "control": self._control,
            "controlled": lambda form: always(lambda: form.format(self._stated())),
            "owner": lambda _rest: always(self._owner),
        }

    def _control(self, state: str) -> Verb:
        def control(arguments: Arguments) -> Thunk:
            word = state or arguments.word or (State.REMOTE if arguments.switch else State.LOCAL)
            return lambda: self._take(State(word))

        return control

    def _take(self, state: State) -> None:
        if state is State.LOCAL:
            self._told = state
            return
        if self._refuses and not self._untouched():
            raise Misread(ScpiError.LOCAL)
        self._told = state
        for channel in self._device.channels:
            self._device.tell(Operation.REMOTE, channel, 0.0)

    def _untouched(self) -> bool:
        return bool(self._device.read(Operation.READ_REMOTE, self._device.channels[0]))

    def _stated(self) -> State:
        return self._told if self._untouched() else State.LOCAL

    def _owner(self) -> str:
        if not self._untouched():
            return "LOCAL"
        return "REMOTE" if self.remote else "NONE"
