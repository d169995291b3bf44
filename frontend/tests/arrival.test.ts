import { strict as assert } from "node:assert";
import { test } from "node:test";
import { arrive, run } from "../playground/arrival";

const busy = '<section id="answer" tabindex="-1" aria-busy="true"></section>';
const wrong = '<section id="answer"><p class="error-line" tabindex="-1">No picture.</p></section>';

/** What a swap leaves: the old part is gone, and with it whatever had the focus. */
function swap(html: string): void {
  document.body.innerHTML = `<section id="playground">${html}</section>`;
  arrive();
}

test("who ran it is led to the answer that is to come, and from there to what is wrong", () => {
  run();
  swap(busy);
  assert.equal(document.activeElement?.id, "answer");
  swap(wrong);
  assert.equal(document.activeElement?.className, "error-line");
});

test("what else is put into the page meanwhile leaves that as it is", () => {
  run();
  swap("<p>The engine is warming up.</p>");
  assert.equal(document.activeElement, document.body);
  swap(wrong);
  assert.equal(document.activeElement?.className, "error-line");
});

test("nobody who ran nothing, or has gone elsewhere, is led anywhere", () => {
  swap(wrong);
  assert.equal(document.activeElement, document.body);
  run();
  document.body.innerHTML = `<input id="elsewhere"><section id="playground">${wrong}</section>`;
  document.getElementById("elsewhere")?.focus();
  arrive();
  assert.equal(document.activeElement?.id, "elsewhere");
});
