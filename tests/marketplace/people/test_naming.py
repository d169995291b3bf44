"""Names that imitate others are refused; names of any one script are not."""

import pytest

from accounts.models import Account, User
from common.skeletons import skeleton
from marketplace.people.errors import LookAlikeNameError, MixedNameError
from marketplace.people.naming import check_name

ADDRESS = "0x" + "a" * 40


@pytest.mark.parametrize(
    "name",
    [
        "pocket-lab",
        "Pocket Lab",
        "pocketlab",
        "P0CKET.LAB",
        "росkеt-lаb",
        "pöcket‐lab",
        "ｐｏｃｋｅｔlab",
        "pocket-1ab",
        "pocket-Iab",
    ],
)
def test_a_name_like_an_account_s_is_refused(db: None, name: str) -> None:
    Account.objects.create(name="pocket-lab")
    with pytest.raises((LookAlikeNameError, MixedNameError)):
        check_name(name, ADDRESS)


@pytest.mark.parametrize(
    "name",
    [
        *("Сitrаtе", "Moderator", "adm1n", "0xabc", "mocIerator", "ОpenАI", "Pаypal"),
        *("ᴍᴏᴅᴇʀᴀᴛᴏʀ", "Cɪtrate", "Ɱoderator", "aɗmin", "Citrate Support", "The Moderators", "Citrate  Help-Desk"),
        *("mod\u200derator", "Admin Team", "𝕸oderator", "ⓂⓄⒹⒺⓇⒶⓉⓄⓇ"),
    ],
)
def test_what_imitates_the_site_or_mixes_scripts_is_refused(db: None, name: str) -> None:
    with pytest.raises((LookAlikeNameError, MixedNameError)):
        check_name(name, ADDRESS)


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "Support Vectors",
        "The Team",
        "Bot",
        "Þórður",
        "Łukasz",
        "Екатерина",
        "Ζωή",
        "明日のAI",
        "김민수",
        "François O’Neil",
        "عمر",
        "R2-D2",
        "🍋",
    ],
)
def test_names_of_one_script_are_taken(db: None, name: str) -> None:
    check_name(name, ADDRESS)


def test_the_name_of_one_s_own_account_is_taken(db: None) -> None:
    Account.objects.create(name="ada-models", user=User.objects.create(address=ADDRESS))
    check_name("Ada Models", ADDRESS)
    with pytest.raises(LookAlikeNameError):
        check_name("Ada Models", "0x" + "b" * 40)


def test_skeletons_differ_where_names_do() -> None:
    assert skeleton("anna") != skeleton("hanna")
    assert skeleton("modern") == skeleton("MODEM")
