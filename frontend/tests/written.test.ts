import { strict as assert } from "node:assert";
import { test } from "node:test";
import { isTouched, keepWritten } from "../live/written";

function page(inner: string): HTMLElement {
  document.body.innerHTML = `<main>${inner}<div data-unsent hidden><textarea></textarea></div></main>`;
  return document.querySelector("main") as HTMLElement;
}
const say = (name: string): boolean => document.dispatchEvent(new Event(`htmx:${name}:swap`));
const skips = (host: HTMLElement, selector: string): boolean =>
  host.querySelector(selector)?.hasAttribute("hx-morph-skip") ?? false;

test("an open question and a touched field are left alone, others are not", () => {
  const host = page(`<details class="ask" open></details><details class="ask" id="shut"></details>
    <textarea id="one"></textarea><input id="two" value="as sent"><input type="checkbox" id="three">
    <select id="four"><option>a</option><option selected>b</option></select><input type="hidden" id="five" value="x">`);
  const stop = keepWritten(host);
  (host.querySelector("#one") as HTMLTextAreaElement).value = "I write";
  (host.querySelector("#three") as HTMLInputElement).checked = true;
  (host.querySelector("#five") as HTMLInputElement).value = "set by a script";
  say("before");
  const wanted = { "[open]": true, "#shut": false, "#one": true, "#two": false, "#three": true, "#four": false, "#five": false };
  for (const [selector, skipped] of Object.entries(wanted)) assert.equal(skips(host, selector), skipped, selector);
  (host.querySelector("#one") as HTMLTextAreaElement).value = "";
  say("before");
  assert.equal(skips(host, "#one"), false);
  stop();
});

test("what was written in a form that went is shown beside it; blanks are not", () => {
  for (const [text, kept] of [["It is slow.", "It is slow."], ["  ", ""]] as const) {
    const host = page("<form><textarea id=one></textarea></form>");
    const stop = keepWritten(host);
    (host.querySelector("#one") as HTMLTextAreaElement).value = text;
    say("before");
    host.querySelector("form")?.remove();
    say("after");
    assert.equal((host.querySelector("[data-unsent] textarea") as HTMLTextAreaElement).value, kept);
    assert.equal((host.querySelector("[data-unsent]") as HTMLElement).hidden, kept === "");
    stop();
  }
});

test("a choice is touched when another one is made", () => {
  const host = page("<select><option>a</option><option>b</option></select>");
  const select = host.querySelector("select") as HTMLSelectElement;
  assert.equal(isTouched(select), false);
  select.selectedIndex = 1;
  assert.equal(isTouched(select), true);
});

test("what was opened is open after a swap, though the server sends it shut", () => {
  const host = page(`<details class="fold" id="read" open></details><details class="fold" id="shut"></details>`);
  const stop = keepWritten(host);
  say("before");
  (host.querySelector("#read") as HTMLDetailsElement).removeAttribute("open");
  say("after");
  assert.equal(host.querySelector("#read")?.hasAttribute("open"), true);
  assert.equal(host.querySelector("#shut")?.hasAttribute("open"), false);
  stop();
});
