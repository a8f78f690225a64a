"""Supplies on loopback that know only what the guard asks: output on, off, and is it off."""

import os
import pty
import selectors
import socket
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from benchctl.guard.plan import Bits, Check, SerialLine, Supply


class _Served:
    """A file descriptor loop in a thread, ended by the test through a pipe."""

    def __init__(self) -> None:
        self.on = False
        self.heard: list[tuple[float, bytes]] = []
        self._selector = selectors.DefaultSelector()
        self._ending, self._end = os.pipe()
        self._selector.register(self._ending, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _at: TracebackType | None
    ) -> None:
        os.write(self._end, b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            self._close(key.fileobj)
        self._selector.close()
        os.close(self._end)

    @staticmethod
    def _close(file: object) -> None:
        if isinstance(file, socket.socket):
            file.close()
        elif isinstance(file, int):
            os.close(file)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj == self._ending:
                    return
                self._ready(key)

    def _ready(self, key: selectors.SelectorKey) -> None:
        raise NotImplementedError

    def _note(self, line: bytes) -> None:
        self.heard.append((time.clock_gettime(time.CLOCK_BOOTTIME), line))

    @property
    def words(self) -> list[bytes]:
        """What was said to it so far."""
        return [line for _, line in self.heard]


class Dp800(_Served):
    """A supply on a raw socket. `stuck` ignores that many OFFs, `deaf` answers nothing,
    `single` drops every connection but the first."""

    def __init__(self, stuck: int = 0, deaf: bool = False, single: bool = False) -> None:
        super().__init__()
        self.stuck, self.deaf, self.single = stuck, deaf, single
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pending: dict[socket.socket, bytes] = {}
        self._selector.register(self._listener, selectors.EVENT_READ)
        self.port: int = self._listener.getsockname()[1]

    def entry(self, name: str = "psu1") -> Supply:
        """How a plan describes it."""
        check = Check(b"OUTP? CH1\n", b"\n", None, (b"OFF",), None)
        resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        return Supply(name, resource, (b"OUTP CH1,OFF\n",), (b"CURR MIN\n",), (check,), 0.0, 0.5, None)

    def _ready(self, key: selectors.SelectorKey) -> None:
        peer = key.fileobj
        assert isinstance(peer, socket.socket)
        if peer is self._listener:
            self._accept()
            return
        try:
            data = peer.recv(4096)
        except ConnectionError:
            data = b""
        if not data:
            self._drop(peer)
            return
        *lines, self._pending[peer] = (self._pending[peer] + data).split(b"\n")
        for line in lines:
            self._obey(peer, line)

    def _accept(self) -> None:
        peer, _ = self._listener.accept()
        if self.single and self._pending:
            peer.close()
            return
        self._pending[peer] = b""
        self._selector.register(peer, selectors.EVENT_READ)

    def _drop(self, peer: socket.socket) -> None:
        self._selector.unregister(peer)
        del self._pending[peer]
        peer.close()

    def _obey(self, peer: socket.socket, line: bytes) -> None:
        self._note(line)
        if line == b"OUTP CH1,ON":
            self.on = True
        elif line == b"OUTP CH1,OFF" and self.stuck > 0:
            self.stuck -= 1
        elif line == b"OUTP CH1,OFF":
            self.on = False
        elif line == b"OUTP? CH1" and not self.deaf:
            peer.sendall(b"ON\n" if self.on else b"OFF\n")


class Korad(_Served):
    """A supply on a pseudo-terminal, without any line ends. `stale` comes late, as an answer to somebody else."""

    def __init__(self, stale: bytes = b"") -> None:
        super().__init__()
        self.stale = stale
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self._selector.register(self._master, selectors.EVENT_READ)
        self._path = os.ttyname(self._slave)

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _at: TracebackType | None
    ) -> None:
        super().__exit__(_kind, _fault, _at)
        os.close(self._slave)

    def entry(self, name: str = "psu2") -> Supply:
        """How a plan describes it."""
        check = Check(b"STATUS?", None, 1, (), Bits(0x40, 0, 0))
        line = SerialLine(9600, 8, "N", 1, "none")
        return Supply(name, f"ASRL{self._path}::INSTR", (b"OUT0",), (), (check,), 0.02, 0.5, line)

    def _ready(self, _key: selectors.SelectorKey) -> None:
        data = os.read(self._master, 4096)
        self._note(data)
        if b"OUT0" in data:
            self.on = False
            os.write(self._master, self.stale)
        elif b"STATUS?" in data:
            os.write(self._master, b"\x51" if self.on else b"\x11")


@contextmanager
def nobody() -> Iterator[Supply]:
    """A supply whose address nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    check = Check(b"OUTP? CH1\n", b"\n", None, (b"OFF",), None)
    yield Supply("gone", f"TCPIP::127.0.0.1::{port}::SOCKET", (b"OUTP CH1,OFF\n",), (), (check,), 0.0, 0.5, None)
