"""How an address is shown."""

import re

from accounts.templatetags.wallet import checksum, identicon

ONE, OTHER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8", "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"


def test_an_address_is_shown_with_its_checksum() -> None:
    assert checksum(ONE) == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def test_the_picture_belongs_to_the_address_whatever_its_case() -> None:
    assert identicon(ONE) == identicon(checksum(ONE)) != identicon(OTHER)


def test_the_picture_is_its_own_mirror() -> None:
    cells = {(int(x), int(y)) for x, y in re.findall(r"M(\d) (\d)h1", identicon(ONE))}
    assert cells
    assert {(4 - x, y) for x, y in cells} == cells
