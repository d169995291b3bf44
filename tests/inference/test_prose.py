"""What a model writes cannot do anything to the page."""

import pytest

from inference.prose import render_answer


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "![a](https://example.org/pixel.png)",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<button hx-get="/">x</button>',
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_that_acts_survives(text: str) -> None:
    html = render_answer(text)
    for bad in ("<script", "<img", "<svg", "<math", "<style", "<button", 'href="javascript', 'href="data'):
        assert bad not in html


def test_markdown_is_rendered_below_the_page_s_own_headings() -> None:
    html = render_answer("# Title\n\n1. one\n2. **two** [link](https://example.org)")
    assert "<h3>Title</h3>" in html
    assert "<strong>two</strong>" in html
    assert 'rel="noopener noreferrer nofollow"' in html
