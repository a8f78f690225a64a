"""Sockets and ptys of a simulated bench: one thread, one selector, all instruments and the control port.

Bytes are carried, not understood. Before any byte is handed on, the world is brought to the time it is.
Loopback only: nothing here can be reached from another machine.
"""

import errno
import os
import selectors
import socket
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

LOOPBACK = "127.0.0.1"
IDLE_S = 1.0
CHUNK = 65536
MAX_UNSENT = 1 << 20


class Hangup(Exception):
    """An instrument breaks its connection off."""


class Session(Protocol):
    """One connection's end inside: bytes in, bytes out."""

    def handle(self, data: bytes) -> bytes:
        """Take what arrived; return what is to be sent. Raises Hangup to break off."""


class Served(Protocol):
    """What can be connected to."""

    def connect(self) -> Session:
        """A fresh session; all sessions share one state."""


class Channel:
    """One open connection on the loop: a socket or a pty's master side."""

    def __init__(self, loop: "Loop", fd: int, session: Session, gone: Callable[[], None]) -> None:
        self._loop, self._fd, self._session, self._gone = loop, fd, session, gone
        self._unsent = b""
        self._open = True
        loop.watch(fd, self._ready)

    def send(self, data: bytes) -> None:
        """Send now what goes, the rest when the other side reads; a reader that never reads is cut off."""
        self._unsent += data
        self._flush()

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_READ:
            self._read()
        if self._open and events & selectors.EVENT_WRITE:
            self._flush()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._loop.bring_up()
        try:
            reply = self._session.handle(data)
        except Hangup:
            self.close()
            return
        if reply:
            self.send(reply)

    def _flush(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if len(self._unsent) > MAX_UNSENT:
            self.close()
        else:
            self._loop.watch_writing(self._fd, bool(self._unsent))

    def close(self) -> None:
        """Forget the connection; the owner of the descriptor closes it."""
        if self._open:
            self._open = False
            self._loop.forget(self._fd)
            self._gone()


class Loop:
    """The selector, and everything that listens on it. `bring_up` brings the world to the present."""

    def __init__(self, bring_up: Callable[[], None]) -> None:
        self.bring_up = bring_up
        self._selector = selectors.DefaultSelector()
        self._closers: list[Callable[[], None]] = []
        self._stopped = False
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)
        self.watch(self._woken.fileno(), self._awake)

    @property
    def wake_fd(self) -> int:
        """A descriptor; a byte written to it ends a wait (`signal.set_wakeup_fd`)."""
        return self._wake.fileno()

    def watch(self, fd: int, ready: Callable[[int], None]) -> None:
        """Call `ready` when the descriptor has something to read."""
        self._selector.register(fd, selectors.EVENT_READ, ready)

    def watch_writing(self, fd: int, wanted: bool) -> None:
        """Also wait for room to write, or no longer."""
        key = self._selector.get_key(fd)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
        if key.events != events:
            self._selector.modify(fd, events, key.data)

    def forget(self, fd: int) -> None:
        """Stop watching a descriptor."""
        self._selector.unregister(fd)

    def on_close(self, closer: Callable[[], None]) -> None:
        """Have something closed with the loop."""
        self._closers.append(closer)

    def turn(self, timeout_s: float) -> bool:
        """Wait for at most this long and serve what is ready. False when nothing was."""
        ready = self._selector.select(timeout_s)
        for key, events in ready:
            if key.fd in self._selector.get_map():  # an earlier one of this turn may have closed it
                key.data(events)
        return bool(ready)

    def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopped:
            if not self.turn(IDLE_S):
                self.bring_up()

    def stop(self) -> None:
        """End `run`; may be called from a signal handler or another thread."""
        self._stopped = True
        with suppress(BlockingIOError):  # already full of wake-ups
            self._wake.send(b"\0")

    def _awake(self, _events: int) -> None:
        self._woken.recv(CHUNK)

    def close(self) -> None:
        """Close every socket and pty."""
        for closer in reversed(self._closers):
            closer()
        self._closers.clear()
        self._selector.close()
        self._wake.close()
        self._woken.close()


class TcpPort:
    """A listening port of one instrument; any number of connections at once."""

    def __init__(self, loop: Loop, served: Served, port: int) -> None:
        self._loop, self._served = loop, served
        self._listener = listener(port)
        self._connections: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]
        loop.watch(self._listener.fileno(), self._accept)
        loop.on_close(self._close)

    def _accept(self, _events: int) -> None:
        connection = accepted(self._listener)
        if connection is not None:
            self._connections.add(connection)
            Channel(self._loop, connection.fileno(), self._served.connect(), lambda: self._drop(connection))

    def _drop(self, connection: socket.socket) -> None:
        self._connections.discard(connection)
        connection.close()

    def _close(self) -> None:
        self._listener.close()
        for connection in self._connections:
            connection.close()


class Pty:
    """A pseudo terminal of one instrument; `path` is what a client opens. It stays open between clients."""

    def __init__(self, loop: Loop, served: Served) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        loop.on_close(self._close)
        Channel(loop, self._master, served.connect(), lambda: None)

    def _close(self) -> None:
        os.close(self._master)
        os.close(self._slave)


def listener(port: int) -> socket.socket:
    """A listening loopback socket; 0 takes a free port. A taken port raises OSError, which names it."""
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((LOOPBACK, port))
    except OSError as fault:
        server.close()
        raise OSError(fault.errno or errno.EADDRINUSE, f"port {port} on {LOOPBACK} cannot be used: {fault}") from fault
    server.listen()
    server.setblocking(False)
    return server


def accepted(server: socket.socket) -> socket.socket | None:
    """The next connection, ready for small quick replies; None when the client has already gone."""
    try:
        connection, _ = server.accept()
    except (BlockingIOError, ConnectionError):
        return None
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
