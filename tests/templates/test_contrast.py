"""Every pair of text and background that the pages use reads at 4.5 : 1 in both themes, computed from the tokens."""

import math
import re

import pytest
from django.conf import settings

CSS = (settings.BASE_DIR / "frontend" / "tokens.css").read_text()
TOKENS = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", CSS.split("@media")[0]))
TEXT, CONTROL, APART = 4.5, 3.0, 1.25

PAIRS = [
    *(("--text", ground) for ground in ("--bg", "--surface", "--sunken", "--act-quiet", "--hover")),
    *(("--muted", ground) for ground in ("--bg", "--surface", "--sunken", "--hover")),
    *((text, ground) for text in ("--link", "--good", "--bad", "--wait") for ground in ("--bg", "--surface")),
    ("--on-quiet", "--act-quiet"),
    ("--on-act", "--act"),
    ("--on-act", "--act-hover"),
    ("--bg", "--text"),
]


def colour(token: str, theme: str) -> tuple[float, float, float]:
    """Return the OKLCH of a token in a theme: lightness 0 to 1, chroma, hue in degrees."""
    value = TOKENS[token].strip()
    if value.startswith("light-dark("):
        depth, parts = 0, [""]
        for letter in value.removeprefix("light-dark(").removesuffix(")"):
            depth += (letter == "(") - (letter == ")")
            if letter == "," and not depth:
                parts.append("")
            else:
                parts[-1] += letter
        value = parts[theme == "dark"].strip()
    if value.startswith("var("):
        return colour(value[4:-1], theme)
    lightness, chroma, hue = map(float, value.removeprefix("oklch(").removesuffix(")").split("/")[0].split())
    return lightness, chroma, hue


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Return the relative luminance (WCAG 2) of an OKLCH colour, clipped to sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(part, 0.0), 1.0) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, theme: str) -> float:
    dark, light = sorted(luminance(*colour(token, theme)) for token in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert (luminance(1, 0, 0) + 0.05) / (luminance(0, 0, 0) + 0.05) == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable(text: str, ground: str, theme: str) -> None:
    assert contrast(text, ground, theme) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["--bg", "--surface"])
def test_edge_of_a_control_is_visible(ground: str, theme: str) -> None:
    assert contrast("--edge", ground, theme) >= CONTROL


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_half_tone_of_plots_stays_apart_from_both_neighbours(theme: str) -> None:
    # In forms that touch, what is lit, what is half and what is empty must not run into each other.
    lit = "--lime-400" if theme == "dark" else "--lime-500"
    assert contrast("--half", lit, theme) >= APART
    assert contrast("--half", "--surface", theme) >= APART
