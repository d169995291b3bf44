"""The slice, the icons and the figures, as templates use them."""

import re
from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from common.templatetags.look import compact, exact, hash_short, inline_code, mib, slice_tag, unbroken, usd

counts = st.integers(min_value=-3, max_value=30)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1 k"),
        (22_713_216, "22.7 M"),
        (134_515_008, "134.5 M"),
        (7_574_000_000, "7.57 B"),
        (70_000_000_000, "70 B"),
        (999_999, "1 M"),
        (999_960_000, "1 B"),
        (None, "–"),
    ],
)
def test_compact_keeps_the_leading_digits(number: int | None, text: str) -> None:
    assert compact(number) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(("mebibytes", "text"), [(1281, "1.34 GB"), (127, "133.2 MB"), (0.5, "524.3 kB"), (None, "–")])
def test_mib_is_shown_in_decimal_units(mebibytes: float | None, text: str) -> None:
    assert mib(mebibytes) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (0, "free"),
        (2.5, "$2.50"),
        (15, "$15.00"),
        (0.008, "$0.008"),
        (0.0375, "$0.0375"),
        (0.123456789, "$0.123457"),
        (Decimal("1e-7"), "$0.0000001"),
        (1234.5, "$1,234.50"),
        (None, "–"),
    ],
)
def test_usd_has_cents_and_at_most_six_digits(price: float | Decimal | None, text: str) -> None:
    assert usd(price) == text


@given(st.decimals(min_value=0, max_value=10**6, allow_nan=False))
def test_usd_never_writes_an_exponent(price: Decimal) -> None:
    assert re.fullmatch(r"free|\$[\d,]+\.\d{2,}", usd(price))


@pytest.mark.parametrize(
    ("value", "text"),
    [("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x7099…79C8"), ("short", "short"), (None, "")],
)
def test_hash_short_keeps_both_ends(value: str | None, text: str) -> None:
    assert hash_short(value) == text


def test_exact_keeps_the_whole_figure() -> None:
    assert exact(134_515_008) == '<data value="134515008" title="134,515,008">134.5\N{NO-BREAK SPACE}M</data>'
    assert exact(1281, "mib") == '<data value="1281" title="1,281 MiB">1.34\N{NO-BREAK SPACE}GB</data>'
    assert "–" in exact(None)


@given(filled=counts, total=counts, half=counts)
def test_slice_draws_each_segment_once(filled: int, total: int, half: int) -> None:
    drawing = slice_tag(filled, total, half=half)
    assert drawing.count("M") == max(1, total)
    assert drawing.count("Z") == max(1, total)


def test_slice_speaks_its_number_unless_words_stand_beside_it() -> None:
    assert 'role="img" aria-label="3 of 8"' in slice_tag(3, 8)
    assert 'aria-hidden="true"' in slice_tag(3, 8, label="-")
    assert "&lt;b&gt;" in slice_tag(3, 8, label="<b>")


def test_icon_is_hidden_unless_labelled() -> None:
    drawn = Template('{% icon "x" %}{% icon "x" label="Close" %}').render(Context())
    assert drawn.count("aria-hidden") == 1
    assert 'aria-label="Close"' in drawn


def test_code_between_backticks_is_set_as_code_and_the_rest_escaped() -> None:
    assert inline_code("a `b<c>` & d") == "a <code>b&lt;c&gt;</code> &amp; d"


def test_a_shortened_address_in_a_title_is_not_parted() -> None:
    kept = "You gave 0x90F7…\u2060b906 access"
    assert unbroken("You gave 0x90F7…b906 access") == kept == unbroken(kept)


def test_a_name_with_a_hyphen_stays_on_its_line_where_a_phone_has_room_for_it() -> None:
    kept = '<span class="one-line">smollm2-chat</span>'
    assert unbroken("You bought smollm2-chat <b>") == f"You bought {kept} &lt;b&gt;"
    long = "quantized-static-embedding-of-japanese"
    assert unbroken(f"Buy {long}") == f"Buy {long}"
