"""Stand-ins for the outside, each as small as its port. A fake is a script, or a real thing on loopback: no mocks."""

import os
import pty
import socket
import threading
import tty
from collections.abc import Callable
from contextlib import suppress

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Exchange
from benchctl.core.messages import HostWarned, JournalFailed, Suspended
from benchctl.core.model import AbsenceReason
from benchctl.engine.durable import Durable

Answerer = Callable[[bytes], bytes | None]
"""What a loopback instrument answers to what it has been sent; None: it hangs up."""


class ManualClock:
    """Boot time that moves only by hand."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class CalmHost:
    """A computer without a trouble of its own; what its journal says is heard."""

    def __init__(self, durable: Durable) -> None:
        self._durable = durable
        self.holds = False

    def look(self) -> tuple[HostWarned, ...]:
        """See `Host.look`."""
        return ()

    def ends(self) -> JournalFailed | Suspended | None:
        """See `Host.ends`."""
        trouble = self.disk_trouble()
        return None if trouble is None else JournalFailed(trouble)

    def disk_trouble(self) -> str | None:
        """See `Host.disk_trouble`."""
        return self._durable.broken


class ScriptedLink:
    """Literal pairs of sent and answered, in order; anything else that is sent fails, and so does a pair left over.

    An answer may be a `LinkFault`, or None where the exchange expects none.
    """

    def __init__(self, *pairs: tuple[bytes, bytes | LinkFault | None]) -> None:
        self._left = list(pairs)
        self.closed = False

    def ask(self, exchange: Exchange) -> bytes:
        """See `Link.ask`."""
        assert self._left, f"nothing more was to be sent, but came {exchange.write!r}"
        sent, answer = self._left.pop(0)
        assert exchange.write == sent
        if isinstance(answer, LinkFault):
            raise answer
        assert (exchange.reply is None) == (answer is None), f"{sent!r}: an answer is due exactly if one is expected"
        return answer or b""

    def close(self) -> None:
        """See `Link.close`."""
        self.closed = True

    def __enter__(self) -> "ScriptedLink":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert kind is not None or not self._left, f"never sent: {self._left}"


def late(lost_s: float = 1.0) -> LinkFault:
    """A reply that did not come."""
    return LinkFault(AbsenceReason.TIMEOUT, "psu1: no reply within 1 s", lost_s)


class LoopbackInstrument:
    """A TCP instrument on a free loopback port, for any number of connections, gone when its `with` ends.

    `answer` gets what one `recv` brought and says what to send: b"" nothing, None hang up.
    """

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self.received: list[bytes] = []
        self.connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> "LoopbackInstrument":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        for connection in self.connections:
            _hang_up(connection)
        for thread in self._threads:
            thread.join(5)

    def refuse(self) -> None:
        """Take no new connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while asked := connection.recv(4096):
                self.received.append(asked)
                reply = self._answer(asked)
                if reply is None:
                    break
                connection.sendall(reply)
        _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class SerialInstrument:
    """An instrument behind a pseudo terminal, gone when its `with` ends. `answer` as for `LoopbackInstrument`."""

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self.received: list[bytes] = []
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.resource = f"ASRL{os.ttyname(self._slave)}::INSTR"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "SerialInstrument":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        self._thread.join(5)

    def unplug(self) -> None:
        """What a pulled USB cable looks like, once the other side has closed too."""
        with suppress(OSError):
            os.close(self._slave)

    def say(self, data: bytes) -> None:
        """Send without being asked."""
        os.write(self.master, data)

    def _serve(self) -> None:
        with suppress(OSError):
            while asked := os.read(self.master, 4096):
                self.received.append(asked)
                reply = self._answer(asked)
                if reply is None:
                    break
                os.write(self.master, reply)
        os.close(self.master)
