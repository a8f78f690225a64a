"""The inbox of a home: wishes come in as files, moved in whole; answers go out the same way.

A wish is `ID.wish`, its answer `ID.answer`; the ID is a UUID. Whatever else lies in the folder, however large, linked,
foreign or senseless, is taken away and, where it has an ID, answered with a refusal. Nothing in it can stop the engine.
"""

import os
import re
import stat
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from benchctl.core.errors import BenchctlError
from benchctl.core.journal.chain import Unparsable, canonical, parse
from benchctl.core.journal.kinds import decode_as, decode_tagged, encode_as_is, encode_tagged
from benchctl.core.journal.plain import Undecodable
from benchctl.core.wishes import Wish

MAX_BYTES = 64 << 10
"""The largest wish that is read."""

_AT_ONCE = 64
_LOOK_S = 0.02
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


class NoAnswer(BenchctlError):
    """Nobody answered a wish. It was taken back, unless it had been read already."""


class _Unfit(Exception):
    """A file that is no wish, and why; becomes its answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish, in a sentence."""

    accepted: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Received:
    """A wish that was read, under the ID it is answered with."""

    id: str
    wish: Wish


class Inbox:
    """The engine's side. Only one process at a time, the holder of the home's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stuck: set[str] = set()  # what cannot be taken away is looked at once

    def received(self) -> list[Received]:
        """The wishes that have come, oldest first, at most 64; their files are gone. What is no wish is refused."""
        wishes: list[Received] = []
        for name in self._names():
            try:
                wishes += self._taken(name)
            except FileNotFoundError:  # taken back by its asker
                continue
            except _Unfit as fault:
                self._refuse(name, str(fault))
        return wishes

    def answer(self, wish_id: str, answer: Answer) -> None:
        """Answer a wish. A full or broken disk is no reason to stop: then the asker hears nothing."""
        if _ID.fullmatch(wish_id):
            with suppress(OSError):
                _put(self._folder, f"{wish_id}.answer", canonical(encode_as_is(answer)).encode())

    def refuse_all(self, sentence: str) -> None:
        """Refuse what waits: before a run it was meant for another one, after a run it is too late."""
        while self._names():
            for each in self.received():
                self.answer(each.id, Answer(accepted=False, sentence=sentence))

    def _names(self) -> list[str]:
        try:
            with os.scandir(self._folder) as entries:
                found = [(_age(each), each.name) for each in islice(filter(self._concerns, entries), _AT_ONCE)]
        except OSError:  # the folder itself is gone: no wishes; the journal has its own way to notice
            return []
        return [name for _, name in sorted(found)]

    def _concerns(self, entry: os.DirEntry[str]) -> bool:
        return entry.name.endswith(".wish") and entry.name not in self._stuck

    def _taken(self, name: str) -> Iterator[Received]:
        path = self._folder / name
        try:
            text = _content(path)
        finally:
            self._take_away(path)
        if _ID.fullmatch(path.stem):
            yield Received(path.stem, _wish(text))

    def _take_away(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError:  # a folder, or not ours to remove
            self._stuck.add(path.name)

    def _refuse(self, name: str, why: str) -> None:
        self.answer(name.removesuffix(".wish"), Answer(accepted=False, sentence=f"this is no wish: {why}"))


def ask(folder: Path, wish: Wish, timeout_s: float, pause: Callable[[float], None] = time.sleep) -> Answer:
    """Put a wish into an inbox and wait for its answer, at most that many seconds. Raises `NoAnswer`."""
    id_, deadline_s = str(uuid.uuid4()), time.monotonic() + timeout_s
    try:
        _put(folder, f"{id_}.wish", canonical(encode_tagged(wish, "wish")).encode())
    except OSError as fault:
        raise NoAnswer(f"the inbox {folder} takes no wish: {fault}") from fault
    while (answer := _answer_in(folder / f"{id_}.answer")) is None:
        if time.monotonic() >= deadline_s:
            (folder / f"{id_}.wish").unlink(missing_ok=True)
            raise NoAnswer(f"nobody answered within {timeout_s:g} s; is a run going on? see `benchctl status`")
        pause(_LOOK_S)
    return answer


def _answer_in(path: Path) -> Answer | None:
    try:
        text = _content(path)
        path.unlink()
        return decode_as(Answer, parse(text))
    except FileNotFoundError:
        return None
    except (_Unfit, Unparsable, Undecodable, OSError) as fault:
        raise NoAnswer(f"the answer in {path} cannot be read: {fault}") from fault


def _wish(text: bytes) -> Wish:
    try:
        return cast(Wish, decode_tagged(Wish, "wish", parse(text)))
    except (Unparsable, Undecodable) as fault:
        raise _Unfit(str(fault)) from fault


# O_NONBLOCK: a pipe laid in our way must not hold the engine until somebody writes to it.
def _content(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as fault:
        raise _Unfit(f"it cannot be opened ({fault.strerror})") from fault
    try:
        return _checked(handle)
    finally:
        os.close(handle)


def _checked(handle: int) -> bytes:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise _Unfit("it is no ordinary file")
    if status.st_uid != os.geteuid():
        raise _Unfit(f"it belongs to another user (uid {status.st_uid})")
    text = _read(handle)
    if len(text) > MAX_BYTES:
        raise _Unfit(f"it is larger than {MAX_BYTES} bytes")
    return text


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, MAX_BYTES + 1)
    except OSError as fault:
        raise _Unfit(f"it cannot be read ({fault.strerror})") from fault


def _put(folder: Path, name: str, text: bytes) -> None:
    draft = folder / f".tmp-{os.urandom(16).hex()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(handle, "wb") as file:
        file.write(text)
    draft.replace(folder / name)


def _age(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:  # taken back in this very moment
        return 0
