"""A path of a model's folder can be written everywhere, and leads nowhere else."""

import pytest

from marketplace.files.errors import BadPathError
from marketplace.files.paths import clean_path


@pytest.mark.parametrize(
    "path",
    [
        "model.safetensors",
        ".gitattributes",
        "onnx/model q4.onnx",
        "a/b/c.txt",
        "größe.txt",
        "日本語.txt",
        "con-fig.json",
        "com10.bin",
        "git.md",
    ],
)
def test_plain_paths_stay_as_they_are(path: str) -> None:
    assert clean_path(path) == path


def test_one_name_has_one_form() -> None:
    assert clean_path("cafe\u0301.txt") == "caf\u00e9.txt"


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/etc/passwd", "..", "../x", "a/../../x", "a//b", "a/", "./a", "a/./b"),
        *("a\\b", "..\\x", "c:x", "a\0b", "a\nb", "a\x7fb", "a\u202etxt.exe", "a\u200bb", "a\u2028b", "\ud800"),
        *("a ", " a", "a.", "a /b", "NUL", "nul.txt", "x/Com1.bin", "aux .txt", "what?", "a\ue000"),
        *(
            "com\u00b9",
            "LPT\u00b3.txt",
            "conin$",
            "CLOCK$",
            ".git/config",
            "a/.GIT/hooks/x",
            "git~1/config",
            ".hg/hgrc",
        ),
        *("a\u3164b", "a\u115fb", "\u2800", "a\ufe0fb", "\uffa0", "a\u034fb"),
        *("x" * 256, "é" * 101, "/".join("a" * 17)),
    ],
)
def test_others_are_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(BadPathError) as raised:
        clean_path(path)
    assert str(raised.value.detail).endswith(".")
