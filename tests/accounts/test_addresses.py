"""An address from outside is read in one way, and a wrong checksum is a mistyped digit."""

from __future__ import annotations

import pytest
from django import forms
from django.urls.resolvers import RegexPattern
from eth_utils.address import is_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from accounts.addresses import checksum, is_address, parse_address
from accounts.errors import InvalidAddressError
from accounts.fields import AddressField
from config import asgi, urls
from marketplace import urls as marketplace_urls

RIGHT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
LOWER = RIGHT.lower()
WRONG = {
    "a wrong checksum": "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "every letter's case changed": "0x" + RIGHT[2:].swapcase(),
    "a newline behind it": f"{LOWER}\n",
    "a newline before it": f"\n{LOWER}",
    "a blank": f"{LOWER} ",
    "a blank that is not seen": f"{LOWER}\u200b",
    "a digit too few": LOWER[:-1],
    "a digit too many": LOWER + "0",
    "no prefix": LOWER[2:],
    "another prefix": "0X" + LOWER[2:],
    "two prefixes": "0x" + LOWER[:40],
    "digits of another script": LOWER[:-1] + "١",
    "wide digits": LOWER[:-1] + "\uff11",
    "a letter that looks like one": LOWER[:-1] + "а",
    "a NUL": LOWER[:-1] + "\0",
    "a name": "vitalik.eth",
    "nothing": "",
}


@pytest.mark.parametrize("text", [RIGHT, LOWER, "0x" + LOWER[2:].upper()])
def test_an_address_is_stored_in_lower_case(text: str) -> None:
    assert parse_address(text) == AddressField().clean(text) == LOWER


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(InvalidAddressError):
        parse_address(text)
    with pytest.raises(forms.ValidationError):
        AddressField().clean(text)


def test_what_people_paste_may_have_blanks_around_it_where_the_form_says_so() -> None:
    assert AddressField(strip=True).clean(f" {RIGHT}\n") == LOWER
    assert AddressField(strip=True, required=False).clean(" ") == ""


@given(st.binary(min_size=20, max_size=20), st.lists(st.booleans(), min_size=40, max_size=40))
def test_mixed_case_is_taken_with_its_own_checksum_alone(raw: bytes, upper: list[bool]) -> None:
    digits = "".join(digit.upper() if up else digit for digit, up in zip(raw.hex(), upper, strict=True))
    plain = digits in (digits.lower(), digits.upper())
    assert is_address(f"0x{digits}") == (plain or is_checksum_address(f"0x{digits}"))
    assert parse_address(checksum(f"0x{raw.hex()}")) == f"0x{raw.hex()}"


@given(st.text(max_size=60))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    assert not is_address(text)


def below(kind: type[object]) -> list[type[object]]:
    """Return the classes that are made of a class."""
    made: list[type[object]] = type.__subclasses__(kind)
    return made + [each for sub in made for each in below(sub)]


def test_no_pattern_of_a_form_lets_a_newline_stand_behind_the_value() -> None:
    found = {
        f"{form.__module__}.{form.__name__}.{name}": field.regex.pattern
        for form in below(forms.BaseForm)  # config.urls has imported them all
        if not form.__module__.startswith("django.")
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.RegexField)
    }
    assert len(found) > 3
    assert [name for name, pattern in found.items() if not pattern.endswith(r"\Z")] == []


def test_no_address_of_the_site_matches_with_a_newline_behind_it() -> None:
    routes = [*asgi.routes, *urls.urlpatterns, *marketplace_urls.urlpatterns]
    written = [str(route.pattern) for route in routes if isinstance(route.pattern, RegexPattern)]
    assert len(written) >= 3
    assert [pattern for pattern in written if pattern.endswith("$")] == []
