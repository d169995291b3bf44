import { strict as assert } from "node:assert";
import { test } from "node:test";
import { released } from "../site/press";

const say = (name: string): boolean => document.dispatchEvent(new Event(name));
const later = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 0, "pressed"));
const stands = (): Promise<string> => Promise.race([released().then(() => "released"), later()]);

test("nothing waits where nothing is pressed", async () => {
  assert.equal(await stands(), "released");
});

for (const last of ["click", "pointercancel"]) {
  test(`what comes during a press waits for its ${last}`, async () => {
    say("pointerdown");
    assert.equal(await stands(), "pressed");
    say(last);
    await released();
    assert.equal(await stands(), "released");
  });
}

test("the end of one press does not end the next", async () => {
  say("pointerdown");
  say("click");
  say("pointerdown");
  await later();
  assert.equal(await stands(), "pressed");
  say("pointercancel");
  await released();
});
