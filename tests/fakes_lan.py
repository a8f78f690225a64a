"""Instruments on loopback that speak VXI-11 (with a port mapper) and HiSLIP, as small as a client needs them.

Written from the protocols' own texts (RFC 1831, RFC 1833, VXI-11 rev. 1.0, IVI-6.1), not from a client.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

from tests.fakes import Answerer

GET_PORT, CREATE_LINK, DEVICE_WRITE, DEVICE_READ, DESTROY_LINK = 3, 10, 11, 12, 23
END, IO_TIMEOUT, NO_ACCESS = 4, 15, 3
INITIALIZE, INITIALIZED, DATA_END = 0, 1, 7
ASYNC_MAX, ASYNC_MAX_ANSWER, ASYNC_INITIALIZE, ASYNC_INITIALIZED = 15, 16, 17, 18


class LanInstrument:
    """Listens on a free loopback port, any number of connections, gone when its `with` ends.

    `answer` gets a whole message and says what to send as one: b"" nothing, None hang up.
    """

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError):
            self.serve(connection)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    @property
    def resource(self) -> str:
        """Where it is."""
        raise NotImplementedError

    def serve(self, connection: socket.socket) -> None:
        """One connection to its end. OSError and EOFError end it."""
        raise NotImplementedError


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def opaque(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


class Vxi11Instrument(LanInstrument):
    """Core channel and port mapper on one port (each program has its own number)."""

    def __init__(self, answer: Answerer, refuses: bool = False) -> None:
        super().__init__(answer)
        self._refuses = refuses
        self._replies: list[bytes] = []
        self.links_destroyed = 0

    @property
    def resource(self) -> str:
        return f"TCPIP::127.0.0.1,{self.port}::inst0::INSTR"

    def serve(self, connection: socket.socket) -> None:
        while True:
            (length,) = struct.unpack(">I", exactly(connection, 4))
            call = exactly(connection, length & 0x7FFFFFFF)
            number, _, _, _, _, procedure = struct.unpack(">6I", call[:24])
            result = self._called(procedure, call[40:])
            if result is None:
                return
            record = struct.pack(">6I", number, 1, 0, 0, 0, 0) + result
            connection.sendall(struct.pack(">I", len(record) | 0x80000000) + record)

    def _called(self, procedure: int, args: bytes) -> bytes | None:
        if procedure == GET_PORT:
            return struct.pack(">I", self.port)
        if procedure == CREATE_LINK:
            return struct.pack(">4I", NO_ACCESS if self._refuses else 0, 7, 0, 1024)
        if procedure == DEVICE_WRITE:
            return self._written(args)
        if procedure == DEVICE_READ:
            return self._read()
        self.links_destroyed += procedure == DESTROY_LINK
        return struct.pack(">I", 0)

    def _written(self, args: bytes) -> bytes | None:
        (length,) = struct.unpack(">I", args[16:20])
        message = args[20 : 20 + length]
        self.received.append(message)
        reply = self.answer(message)
        if reply is None:
            return None
        self._replies += [reply] if reply else []
        return struct.pack(">2I", 0, length)

    def _read(self) -> bytes:
        """One message and its END; where there is none, the time is up at once."""
        if not self._replies:
            return struct.pack(">2I", IO_TIMEOUT, 0) + opaque(b"")
        return struct.pack(">2I", 0, END) + opaque(self._replies.pop(0))


class HislipInstrument(LanInstrument):
    """Synchronous and asynchronous channel."""

    @property
    def resource(self) -> str:
        return f"TCPIP::127.0.0.1::hislip0,{self.port}::INSTR"

    def serve(self, connection: socket.socket) -> None:
        for kind, number, payload in self._messages(connection):
            if kind == INITIALIZE:
                self._send(connection, INITIALIZED, 0x01000001)
            elif kind == ASYNC_INITIALIZE:
                self._send(connection, ASYNC_INITIALIZED, 0)
            elif kind == ASYNC_MAX:
                self._send(connection, ASYNC_MAX_ANSWER, 0, payload)
            elif kind == DATA_END:
                self.received.append(payload)
                reply = self.answer(payload)
                if reply is None:
                    return
                if reply:
                    self._send(connection, DATA_END, number, reply)

    def _messages(self, connection: socket.socket) -> Iterator[tuple[int, int, bytes]]:
        while True:
            start, kind, _, number, length = struct.unpack("!2sBBIQ", exactly(connection, 16))
            assert start == b"HS"
            yield kind, number, exactly(connection, length)

    def _send(self, connection: socket.socket, kind: int, number: int, payload: bytes = b"") -> None:
        connection.sendall(struct.pack("!2sBBIQ", b"HS", kind, 0, number, len(payload)) + payload)
