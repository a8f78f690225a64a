"""Wishes go in, answers come out, and nothing else that lies in the folder does any harm."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.messages import AckRequested, Answered, OffRequested, ResetRequested, StopRequested, Wish
from benchctl.edge.inbox import MAX_BYTES, Answer, Inbox, NoAnswer, ask

YES = Answer(accepted=True, sentence="the run ends")
ID = "0b0e7f2c-0000-4000-8000-000000000001"
WISHES: list[Wish] = [
    StopRequested("Ann"),
    OffRequested(None),
    Answered("prompt-1", "done", "Zoë"),
    AckRequested("alarm-1", None),
    ResetRequested("P1", "Ann"),
]


def lay(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def answer_of(folder: Path, wish_id: str = ID) -> str:
    return (folder / f"{wish_id}.answer").read_text()


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_is_answered(tmp_path: Path, wish: Wish) -> None:
    inbox = Inbox(tmp_path)
    seen: list[Wish] = []

    def engine(_: float) -> None:
        for each in inbox.received():
            seen.append(each.wish)
            inbox.answer(each.id, YES)

    assert ask(tmp_path, wish, 30.0, engine) == YES
    assert (seen, list(tmp_path.iterdir())) == ([wish], [])


def test_nobody_there_is_said_and_the_wish_is_taken_back(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="nobody answered"):
        ask(tmp_path, StopRequested(None), 0.0)
    assert list(tmp_path.iterdir()) == []


def test_no_inbox_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="takes no wish"):
        ask(tmp_path / "nowhere", StopRequested(None), 0.0)
    assert Inbox(tmp_path / "nowhere").received() == []


def test_wishes_come_oldest_first(tmp_path: Path) -> None:
    for age, name in ((3, "one"), (1, "three"), (2, "two")):
        path = lay(tmp_path, f"{uuid4()}.wish", f'{{"wish":"stop_requested","operator":"{name}"}}')
        os.utime(path, ns=(0, 10**15 - age))
    assert [each.wish for each in Inbox(tmp_path).received()] == [StopRequested(n) for n in ("one", "two", "three")]


def test_a_wish_is_read_once(tmp_path: Path) -> None:
    lay(tmp_path, f"{ID}.wish", '{"wish":"stop_requested","operator":null}')
    inbox = Inbox(tmp_path)
    assert [len(inbox.received()), len(inbox.received())] == [1, 0]


def test_an_unfinished_wish_is_left_alone(tmp_path: Path) -> None:
    draft = lay(tmp_path, ".tmp-1", '{"wish":')
    assert Inbox(tmp_path).received() == []
    assert draft.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"wish":"stop_requested"}',
        '{"wish":"stop_requested","operator":1}',
        '{"wish":"stop_requested","operator":null,"too":1}',
        '{"wish":"switch_on","operator":null}',
        '{"wish":["stop_requested"],"operator":null}',
        '{"wish":"stop_requested","operator":"\\ud800"}',
        '{"wish":"stop_requested","operator":null,"operator":"Eve"}',
        b"\xff\xfe\x00",
        "[" * 60000,
        '"' + "a" * MAX_BYTES + '"',
    ],
    ids=lambda content: ascii(content)[:24],
)
def test_nonsense_is_refused_and_removed(tmp_path: Path, content: str | bytes) -> None:
    lay(tmp_path, f"{ID}.wish", content)
    assert Inbox(tmp_path).received() == []
    assert answer_of(tmp_path).startswith('{"accepted":false,"sentence":"this is no wish: ')
    assert [path.name for path in tmp_path.iterdir()] == [f"{ID}.answer"]


def symlink(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def foreign(path: Path) -> None:
    lay(path.parent, path.name, '{"wish":"off_requested","operator":null}')
    try:
        os.chown(path, 12345, -1)
    except PermissionError:
        pytest.skip("only root can give a file away")


@pytest.mark.parametrize("make", [symlink, dangling, pipe, foreign])
def test_what_is_no_ordinary_own_file_is_refused_and_removed(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / f"{ID}.wish")
    assert Inbox(tmp_path).received() == []
    assert '"accepted":false' in answer_of(tmp_path)
    assert not os.path.lexists(tmp_path / f"{ID}.wish")


def test_a_folder_in_the_way_is_refused_once(tmp_path: Path) -> None:
    (tmp_path / f"{ID}.wish").mkdir()
    inbox = Inbox(tmp_path)
    inbox.received()
    (tmp_path / f"{ID}.answer").unlink()
    assert inbox.received() == []
    assert not (tmp_path / f"{ID}.answer").exists()


@pytest.mark.parametrize(
    "name", ["x.wish", ".wish", "..wish", f"{ID.upper()}.wish", f"{ID}x.wish", "\u200b.wish", b"\xff.wish"]
)
def test_a_senseless_name_gets_no_answer_and_goes(tmp_path: Path, name: str | bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_text('{"wish":"off_requested","operator":null}')
    assert Inbox(tmp_path).received() == []
    assert list(tmp_path.iterdir()) == []


def test_a_flood_is_taken_in_portions(tmp_path: Path) -> None:
    for _ in range(100):
        lay(tmp_path, f"{uuid4()}.wish", '{"wish":"off_requested","operator":null}')
    inbox = Inbox(tmp_path)
    assert [len(inbox.received()), len(inbox.received())] == [64, 36]


def test_what_came_before_a_run_is_refused(tmp_path: Path) -> None:
    lay(tmp_path, f"{ID}.wish", '{"wish":"off_requested","operator":null}')
    for _ in range(70):
        lay(tmp_path, f"{uuid4()}.wish", "nonsense")
    Inbox(tmp_path).refuse_all("no run was going on")
    assert answer_of(tmp_path) == '{"accepted":false,"sentence":"no run was going on"}'
    assert list(tmp_path.glob("*.wish")) == []


def test_an_answer_to_a_strange_id_goes_nowhere(tmp_path: Path) -> None:
    Inbox(tmp_path).answer("../x", YES)
    assert list(tmp_path.parent.glob("x.answer")) == []


@pytest.mark.parametrize("content", ["", "[]", '{"accepted":1,"sentence":""}'])
def test_a_senseless_answer_is_no_answer(tmp_path: Path, content: str) -> None:
    def impostor(_: float) -> None:
        (wish,) = tmp_path.glob("*.wish")
        lay(tmp_path, f"{wish.stem}.answer", content)

    with pytest.raises(NoAnswer, match="cannot be read"):
        ask(tmp_path, StopRequested(None), 30.0, impostor)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_stop_the_engine(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    lay(folder, f"{ID}.wish", content)
    assert Inbox(folder).received() == []
