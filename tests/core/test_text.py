"""Foreign text: what could move a cursor, hide or reorder is gone, the rest stays."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from benchctl.core.text import is_plain, safe_text


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("RIGOL TECHNOLOGIES,DP811,DP8C,00.01", "RIGOL TECHNOLOGIES,DP811,DP8C,00.01"),
        ("\x1b]52;c;ZXZpbA==\x07ok", "]52;c;ZXZpbA==ok"),
        ("\x1b[2Jok", "[2Jok"),
        ("\x9b2Jok", "2Jok"),
        ("a\r\nb\tc", "a  b c"),
        ("a\u2028b", "a b"),
        ("\u202eevil\u202c", "evil"),
        ("\u2066evil\u2069", "evil"),
        ("pa\u200bss\ufeff", "pass"),
        ("a\x00b\x7fc", "abc"),
        ("\ud800x", "x"),
        ("x\U000e0041", "x"),
        ("Müller 48 V Ω", "Müller 48 V Ω"),
        ("[@click=app.bell]x[/x]", "[@click=app.bell]x[/x]"),
        ("", ""),
    ],
)
def test_hostile_characters_are_taken_away(foreign: str, shown: str) -> None:
    assert safe_text(foreign) == shown


def test_a_long_text_is_cut_visibly() -> None:
    assert safe_text("x" * 10_000, 10) == "x" * 9 + "…"


def test_a_text_of_exactly_the_limit_stays_whole() -> None:
    assert safe_text("x" * 10, 10) == "x" * 10


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 40))
def test_safe_text_is_short_visible_and_stays_so(foreign: str, limit: int) -> None:
    shown = safe_text(foreign, limit)
    assert len(shown) <= limit
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert safe_text(shown, limit) == shown


@pytest.mark.parametrize("text", ["Cabin 48 V", "Ω", "a"])
def test_plain_text_is_recognised(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", [" a", "a ", "a\nb", "a\u200b", "a\u00a0b"])
def test_text_with_hidden_parts_is_not_plain(text: str) -> None:
    assert not is_plain(text)
