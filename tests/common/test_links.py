"""What may be linked: addresses of the web, and nothing that a browser would run or read as another place."""

import pytest

from common.links import MOST, web_address


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c#d",
        "HTTPS://EXAMPLE.org/o'brien/terms",
        "https://huggingface.co/moka-ai/m3e-base#%F0%9F%93%9C-license",
        "https://xn--bcher-kva.example/ä",
    ],
)
def test_an_address_of_the_web_is_linked_as_it_is(text: str) -> None:
    assert web_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "mit", "example.org", "//example.org", "https://", "https:///path", "http://:80/", "https:example.org"),
        *("javascript:alert(1)", "javascript://%0aalert(1)", "JavaScript://x", "data:text/html,x", "ftp://example.org"),
        *(
            " https://example.org",
            "https://example.org\n",
            "https://exa mple.org",
            "java\tscript://x",
            "\x01https://x.org",
        ),
        *(
            "https://user:pw@example.org",  # pragma: allowlist secret
            "https://user@example.org",
            "https://example.org:99999",
            "https://[::1",
        ),
        *(
            "https:\\\\example.org",
            "https://example.org\\@evil.example",
            "https://example.org/\u202egro",
            "https://\u200b/",
        ),
        "https://example.org/" + "x" * MOST,
    ],
)
def test_nothing_else_is_linked(text: str) -> None:
    assert web_address(text) == ""
