"""Languages by what people call them."""

import pytest

from marketplace.listings.languages import language_code


@pytest.mark.parametrize(
    ("code", "written"),
    [
        (
            "deu",
            ["de", "deu", "ger", "DE", " deu ", "German", "german", "Deutsch", "de-AT", "de_CH", "de-Latn-DE-1996"],
        ),
        ("zho", ["zh", "zho", "chi", "zh-CN", "zh_TW", "zh-Hans-CN", "zh-Hant", "Chinese", "中文", "简体中文", "ＺＨ"]),
        ("yue", ["zh-yue", "yue", "yue-HK"]),
        ("eng", ["en", "English", "en-US", "en-GB-oxendict", "en-x-mine", "en-u-hc-h12", "ENG"]),
        ("nob", ["nb", "Norwegian Bokmål", "Norwegian Bokma\u030al", "norwegian bokmal", "bokmål"]),
        ("ell", ["el", "gre", "Greek", "Ελληνικά"]),
        ("fas", ["fa", "per", "Persian", "Farsi"]),
        ("msa", ["ms", "may", "Malay"]),
        ("heb", ["he", "iw", "Hebrew", "עברית"]),
        ("por", ["pt-BR", "Brazilian Portuguese", "português", "portugues"]),
        ("srp", ["sr-Latn", "Serbian"]),
        ("python", ["python", "Python"]),
        ("c++", ["C++"]),
        (
            "",
            [
                "",
                "xx",
                "xxx-YY",
                "Klingonese",
                "unknown",
                "e",
                "de--AT",
                "de-",
                "-de",
                "english-french",
                "🤖",
                "de " * 50,
            ],
        ),
    ],
)
def test_a_language_is_known_by_its_codes_tags_and_names(code: str, written: list[str]) -> None:
    assert {each: language_code(each) for each in written} == dict.fromkeys(written, code)
