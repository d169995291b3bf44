"""Rules for every template, so that the strict CSP, reading without JavaScript and translation hold by construction."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
MAX_LINES, MAX_WIDTH = 150, 160

TAG = re.compile(r"<([a-z][\w-]*)((?:[^<>\"'{]|\"[^\"]*\"|'[^']*'|\{[{%#].*?[%}#]\}|\{)*)>", re.DOTALL)
TRANSLATED = re.compile(r"\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}", re.DOTALL)
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}|<!--.*?-->|<!doctype html>", re.DOTALL)
CODE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
UNTRANSLATED = re.compile(r"<(?:code|kbd|pre)\b[^>]*>.*?</(?:code|kbd|pre)>", re.DOTALL)
VALUE = re.compile(r"([\w-]+)=\"((?:[^\"{]|\{\{.*?\}\}|\{%.*?%\})*)\"")
SPOKEN = ("title", "placeholder", "aria-label", "alt", "aria-description")

FORBIDDEN = {
    "inline style": r"<[^>]*\sstyle\s*=|<style\b",
    "inline event handler": r"<[a-z][^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "trigger filter": r"hx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)",
    "JavaScript value": r"[\"'\s](js|javascript):",
    "inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "address of another host": r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//",
}
FIGURE = re.compile(r"\|\s*(intcomma|localize|floatformat|at_most|compact|mib|usd)\b")  # filters that write for people
OUTWARD = re.compile(r"<a\b[^>]*rel=\"[^\"]*noopener[^\"]*\"[^>]*>")  # a link that leaves the site says so


def name_of(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR / "templates"))


def faults(source: str) -> list[str]:
    """Return the names of the rules that a template's source breaks."""
    text = COMMENT.sub("", source)
    links = OUTWARD.sub("", text)
    found = [rule for rule, pattern in FORBIDDEN.items() if re.search(pattern, links, re.IGNORECASE)]
    tags = [attributes for _, attributes in TAG.findall(text)]
    alone = "<form" not in text  # what a form shows while it is filled in needs no address of its own
    if any("hx-get" in each and alone and not re.search(r"\b(href|action)=|closest form", each) for each in tags):
        found.append("hx-get without href or action")
    # A button with an address of its own sends its form without a script as well.
    if "hx-post" in text and not any("hx-post" in each and re.search(r"\b(method|formaction)=", each) for each in tags):
        found.append("hx-post outside a form with a method")
    return found + figures_for_machines(text) + untranslated(text)


def figures_for_machines(text: str) -> list[str]:
    """Return the attributes that no person reads, and whose number is written as people read it: 2,884 is no id."""
    attributes = [each for _, inside in TAG.findall(text) for each in VALUE.findall(inside)]
    return [
        f"figure in {name}" for name, value in attributes if name not in (*SPOKEN, "content") and FIGURE.search(value)
    ]


def too_wide(source: str) -> list[str]:
    """Return the lines that are longer than a reader can take in, each behind its number."""
    return [f"{number}: {line}" for number, line in enumerate(source.splitlines(), 1) if len(line) > MAX_WIDTH]


def untranslated(text: str) -> list[str]:
    """Return the visible texts and spoken attributes that hold letters outside translation tags and variables."""
    plain = UNTRANSLATED.sub("", TRANSLATED.sub("", text))
    spoken = [
        value for _, attributes in TAG.findall(plain) for name, value in VALUE.findall(attributes) if name in SPOKEN
    ]
    visible = CODE.sub("\0", TAG.sub("\0", re.sub(r"</[^>]*>", "\0", plain))).split("\0")
    words = [each.strip() for each in [*visible, *(CODE.sub("", value) for value in spoken)]]
    return [f"untranslated: {each}" for each in words if re.search(r"[^\W\d_]{2,}", each)]


def test_templates_compile() -> None:
    assert TEMPLATES
    for path in TEMPLATES:
        get_template(name_of(path))  # which names the template that does not


def test_templates_keep_the_rules() -> None:
    for path in TEMPLATES:
        source = path.read_text()
        assert faults(source) == [], name_of(path)
        assert source.count("\n") <= MAX_LINES, name_of(path)
        assert too_wide(source) == [], name_of(path)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('<p style="color:red"></p>', "inline style"),
        ('<button onclick="go()"></button>', "inline event handler"),
        ('<form action="/" hx-on:click="go()"></form>', "hx-on"),
        ('<a href="/" hx-get="/" hx-trigger="click[ctrlKey]"></a>', "trigger filter"),
        ('<a href="/" hx-get="/" hx-vals="js:{a: 1}"></a>', "JavaScript value"),
        ("<script>go()</script>", "inline script"),
        ('<script src="//cdn.example/x.js"></script>', "address of another host"),
        ('<div hx-get="/models"></div>', "hx-get without href or action"),
        ("<p>Hello</p>", "untranslated: Hello"),
        ('<input placeholder="Search">', "untranslated: Search"),
        ('<i id="why-{{ n|intcomma }}"></i>', "figure in id"),
        ('<a href="/" hx-get="/" hx-target="#why-{{ n | localize }}"></a>', "figure in hx-target"),
        ('<rect width="{{ n|floatformat }}"/>', "figure in width"),
        ('<b data-of="{% if n %}{{ n|compact }}{% endif %}"></b>', "figure in data-of"),
    ],
)
def test_lint_finds_the_fault(source: str, fault: str) -> None:
    assert fault in faults(source)


@pytest.mark.parametrize("language", ["en", "de", "fr", "hi"])
def test_a_whole_number_is_written_as_machines_read_it(language: str) -> None:
    with translation.override(language):
        written = Template('<i id="why-{{ n }}" data-n="{% firstof n %}"></i>').render(Context({"n": 1_234_567}))
    assert written == '<i id="why-1234567" data-n="1234567"></i>'


def test_lint_names_the_line_that_is_too_long() -> None:
    assert too_wide(f"\n{'x' * MAX_WIDTH}\n{'y' * (MAX_WIDTH + 1)}") == [f"3: {'y' * (MAX_WIDTH + 1)}"]


def test_lint_lets_good_markup_pass() -> None:
    good = """<a href="{% url "home" %}" hx-get="{% url "home" %}" title="{% translate "Home" %}">{{ name }} · 12</a>
      {% blocktranslate %}Hello <b>there</b>{% endblocktranslate %}<code>owner/name</code>"""
    assert faults(good) == []
