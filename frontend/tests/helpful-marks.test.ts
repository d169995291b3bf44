import { strict as assert } from "node:assert";
import { test } from "node:test";
import "../reviews/helpful-marks";

test("what a visitor found helpful is marked, and pressing it takes that back", () => {
  document.body.innerHTML = `<button data-key="a"></button><button data-key="b"></button><helpful-marks data-keys="b c"></helpful-marks>`;
  const [other, mine] = [...document.querySelectorAll("button")];
  assert.equal(other?.getAttribute("aria-pressed"), null);
  assert.equal(other?.value, "");
  assert.equal(mine?.getAttribute("aria-pressed"), "true");
  assert.deepEqual([mine?.name, mine?.value], ["helpful", "no"]);
  mine?.removeAttribute("aria-pressed"); // as the list has it for everybody
  document.dispatchEvent(new Event("htmx:after:swap"));
  assert.equal(mine?.getAttribute("aria-pressed"), "true");
});
