"""A wiring sheet as a page: whole, drawn, and with nothing in it that acts."""

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from benchctl.core.configuration import Configuration, kind
from benchctl.core.planning.wiring import wiring
from benchctl.records.wiringpage import drawing, page

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=y>', "\x1b[2J", "E&4")
SHEET = wiring(Configuration(2, 2, kind(4, 100.0, 100.0)), HOSTILE, 2.0)


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_the_drawing_is_sound_xml_with_a_box_for_every_battery_and_fuse() -> None:
    boxes = ET.fromstring(drawing(SHEET)).findall("{http://www.w3.org/2000/svg}rect")  # noqa: S314  our own drawing
    assert len(boxes) == 1 + 4 + 2 + 1  # paper, batteries, fuses of the strings, main fuse


def test_nothing_hostile_gets_through() -> None:
    tags = Tags()
    text = page(SHEET, "<b>Cabin</b>")
    tags.feed(text)
    assert "script" not in tags.seen
    assert "img" not in tags.seen
    assert "\x1b" not in text
    assert "default-src 'none'" in text


def test_the_number_of_every_interconnect_stands_in_the_drawing() -> None:
    texts = [each.text for each in ET.fromstring(drawing(SHEET)).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert [str(number) for number in range(1, len(SHEET.joints) + 1) if str(number) not in texts] == []


def test_a_serial_number_of_any_length_is_in_the_drawing_to_its_last_character_and_in_the_table() -> None:
    long = tuple(f"EPOCH-12100A-2026-LOT-7781-{number:05d}" for number in (1, 2))
    sheet = wiring(Configuration(2, 1, kind(4, 100.0, 100.0)), long, 2.0)
    texts = [each.text or "" for each in ET.fromstring(drawing(sheet)).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert [serial in "".join(texts) for serial in long] == [True, True]
    assert [f"<td>1.{place}</td><td>{serial}</td>" in page(sheet, "") for place, serial in enumerate(long, 1)] == [
        True,
        True,
    ]
