"""citrate.toml: written and read again it is the same, and what is wrong is said with its line, all of it."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.manifest.problems import ManifestError, check
from marketplace.manifest.reading import read_toml
from marketplace.manifest.schema import Manifest
from marketplace.manifest.writing import write_toml

ADDRESS = "0x52908400098527886e0f7030069857d2e4169ee7"
words = st.text(max_size=60)
prose = st.text(max_size=400)
amounts = st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,18})?", fullmatch=True)
counts = st.integers(0, 2**63 - 1)
addresses = st.lists(st.binary(min_size=20, max_size=20).map(lambda raw: f"0x{raw.hex()}"), max_size=5, unique=True)
part = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
names = st.builds("{}/{}".format, part, part)
currencies = st.sampled_from(["ETH", "dUSD", ADDRESS])
models = st.fixed_dictionaries(
    {"name": names, "version": st.sampled_from(["1.0.0", "0.1.0-rc.1"])},
    optional={
        "summary": words, "license": words, "tags": st.lists(words, max_size=6), "changelog": prose,
        "examples": st.lists(prose, max_size=3), "parameters": counts, "context": counts,
        "languages": st.lists(st.sampled_from(["eng", "de", "pt-BR"])), "architecture": words,
    },
)  # fmt: skip
plans = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["pass", "subscription"]), "price": amounts, "currency": currencies}
    ),
    max_size=2,
    unique_by=lambda plan: plan["kind"],
)
rates = st.lists(
    st.fixed_dictionaries({"currency": currencies, "in_per_m": amounts, "out_per_m": amounts}),
    max_size=3,
    unique_by=lambda each: each["currency"],
)
path = st.from_regex(r"w[a-z]{1,8}/[a-z0-9]{1,8}\.bin", fullmatch=True)
files: st.SearchStrategy[list[dict[str, Any]]] = st.lists(path, max_size=4, unique=True).map(
    lambda paths: [{"path": each, "size": 7} for each in paths]
)
manifests = st.fixed_dictionaries(
    {"model": models},
    optional={
        "terms": prose, "card": st.fixed_dictionaries({"text": prose}), "plans": plans, "rates": rates, "files": files,
        "splits": addresses.map(lambda found: [{"address": each, "percent": "12.5"} for each in found]),
        "adapted_from": st.fixed_dictionaries({"parent": names, "royalty": st.sampled_from(["", "10", "2.25"])}),
        "access": st.fixed_dictionaries({"mode": st.sampled_from(["open", "gated", "listed"]), "allow": addresses}),
        "passes": st.fixed_dictionaries({"transfers": st.booleans(), "resale_royalty": st.sampled_from(["", "5"])}),
        "fair_use": st.fixed_dictionaries({"tokens": st.integers(1, 10**12), "streams": st.integers(1, 100)}),
        "search_terms": st.lists(st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True), max_size=8),
        "endpoints": st.lists(st.fixed_dictionaries({"url": st.just("https://example.com/v1"), "model": words})),
    },
)  # fmt: skip


def refused(text: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(ManifestError) as caught:
        read_toml(text)
    return [(each.key, each.line, each.says) for each in caught.value.problems]


@settings(max_examples=1000)
@given(manifests.filter(lambda data: len(data.get("endpoints", [])) <= 8))
def test_a_manifest_is_the_same_once_it_was_written_and_read(data: dict[str, Any]) -> None:
    manifest, problems = check(data)
    assert manifest, problems
    again = read_toml(write_toml(manifest))
    assert again == manifest
    assert Manifest.model_validate(manifest.as_dict()) == manifest
    assert write_toml(again) == write_toml(manifest)


FAULTY = """\
schema = 1
terms = 5

[model]
name = "acme/tiny chat"
version = "1.0"
licence = "apache-2.0"
parameters = -1
changelog = '''
price = 1
'''

[[plans]]
kind = "pass"
price = 0.25
currency = "ETH"

[[plans]]
kind = "rental"
price = "1,5"
"""


def test_all_that_is_wrong_is_said_at_once_with_line_key_and_what_to_do() -> None:
    said = refused(FAULTY)
    assert [(key, line) for key, line, _says in sorted(said, key=lambda each: each[1] or 0)] == [
        ("terms", 2),
        ("model.name", 5),
        ("model.version", 6),
        ("model.licence", 7),
        ("model.parameters", 8),
        ("plans[0].price", 15),
        ("plans[1].kind", 19),
        ("plans[1].price", 20),
    ]
    sentences = {key: says for key, _line, says in said}
    assert sentences["model.licence"] == "There is no key of that name here. Do you mean “license”?"
    assert sentences["plans[0].price"].startswith("Write the number in quotes")
    assert sentences["model.parameters"] == "This has to be at least 0."
    assert all(says.endswith((".", "?")) for says in sentences.values())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[model]\nname = 'a/b'", "Begin with “schema = 1”"),
        ("schema = 2", "newer format"),
        ("schema = 1\nname =", "This is not TOML"),
        ("schema = 1\n[model]\nname='a/b'\nname='a/c'", "This is not TOML"),
        ("schema = 1\nx = " + "[" * 1000 + "]" * 1000, "nested too deeply"),
        ("schema = 1\nx = " + "[\n" * 5000 + "]" * 5000, "TOML"),
        (".".join(["a"] * 60_000) + " = 1", "nested too deeply"),
        ("#" * 300_000, "more than 256 KiB"),
        ("schema = 1\n[model]\nname = 'a/b\x00'", "TOML"),
        ("\ufeff\ufeff", "TOML"),
    ],
)
def test_what_is_no_manifest_is_refused_soon(text: str, says: str) -> None:
    began = time.monotonic()
    assert says in " ".join(sentence for _key, _line, sentence in refused(text))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("model", "name"), "аcme/tiny"),  # a Cyrillic а
        (("model", "name"), "a/b/c"),
        (("model", "name"), "../x"),
        (("model", "version"), "1.0.0+build"),
        (("model", "version"), "01.0.0"),
        (("model", "task"), "Text Generation"),
        (("model", "license_url"), "javascript:alert(1)"),
        (("files",), [{"path": "../../etc/passwd"}]),
        (("files",), [{"path": "/etc/passwd"}]),
        (("files",), [{"path": "a\u202eb"}]),
        (("files",), [{"path": "CON.txt"}]),
        (("files",), [{"path": "a.txt"}, {"path": "A.TXT"}]),
        (("files",), [{"path": f"{number}.txt"} for number in range(1_001)]),
        (("plans",), [{"kind": "pass"}, {"kind": "pass"}]),
        (("splits",), [{"address": ADDRESS, "percent": "100.01"}]),
        (("splits",), [{"address": ADDRESS.replace("0x52", "0x51").upper().replace("0X", "0x")[:-1], "percent": "1"}]),
        (("adapted_from", "royalty"), "30.01"),
        (("access", "mode"), "closed"),
        (("fair_use", "tokens"), 0),
        (("search_terms",), ["two words"]),
        (("plans",), [{"kind": "pass", "price": "1e3"}]),
        (("rates",), [{"in_per_m": "-1"}]),
    ],
)
def test_values_that_mean_something_else_than_they_say_are_refused(place: tuple[str, ...], value: Any) -> None:
    data: Any = value
    for key in reversed(place):
        data = {key: data}
    manifest, problems = check(data)
    assert manifest is None
    assert problems[0].place[: len(place)] == place


def test_use_is_metered_by_tokens_or_by_the_call_and_not_by_both() -> None:
    manifest, problems = check({"rates": [{"currency": "ETH"}], "plans": [{"kind": "call", "price": "1"}]})
    assert manifest is None
    assert "by tokens or by the call" in problems[0].says


def test_what_nobody_sees_in_a_text_is_gone() -> None:
    manifest, _problems = check({"model": {"summary": "A\u200b ﬁne\u202e  model\n"}})
    assert manifest
    assert manifest.model.summary == "A fine model"


MOST = 262_144  # bytes of a file


def many(line: str, count: int | None = None) -> str:
    """Return as many lines as a file may have; ``#`` in one is its number."""
    wanted = count or MOST // (len(line) + 5)
    return "".join(line.replace("#", str(number)) + "\n" for number in range(wanted))[:MOST]


SLOW = {
    "dotted keys": many("a.b.c.d.e.f#=1"),
    "deep dotted keys": many("a." * 18 + "k#=1"),
    "tables out of order": many("[a.x#]\n[b.y#]"),
    "one long word": "a" * MOST,
    "one long number": "a=" + "1" * (MOST - 2),
    "one long fraction": "a=1e" + "9" * (MOST - 4),
    "long words with points": ("a" * 1_000 + ".") * 250,
    "a list": "a=[" + "1," * (MOST // 2 - 4) + "]",
    "quoted deep key": '"a".' * (MOST // 4 - 2) + '"a"=1',
    "quoted deep table": "[" + "'a' . " * (MOST // 6 - 2) + "'a']",
    "brackets, one a line": "a=" + "[\n" * (MOST // 2 - 4),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_file_takes_long_to_read(name: str) -> None:
    """Half of them took more than ten seconds."""
    began = time.thread_time()
    with pytest.raises(ManifestError):
        read_toml(SLOW[name])
    assert time.thread_time() - began < 3


def test_a_card_may_hold_whatever_a_text_holds() -> None:
    text = "a.b. " * 500 + "[" * 600 + "\n" + "." * 400 + "\n[x][y]\n"
    read = read_toml(f"schema = 1\n[model]\nname = 'a/b'\n[card]\ntext = '''\n{text}'''\n")
    assert read.card.text.startswith("a.b. a.b.")


def test_the_line_of_what_is_no_toml_is_told() -> None:
    for text, line in (("schema = 1\nb = = 2\n", 2), ("schema = 1\na = [1,\n", 3)):
        with pytest.raises(ManifestError) as caught:
            read_toml(text)
        assert caught.value.problems[0].line == line
        assert "(at" not in caught.value.problems[0].says
