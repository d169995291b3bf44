import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Both } from "../playground/both";
import type { ModelPlayground } from "../playground/playground";

/** A column that writes until it is told to stop. */
class Column {
  writes = false;
  readonly heard: string[] = [];
  send(question: string): void {
    this.heard.push(question);
    this.writes = true;
  }
  stop(): void {
    this.heard.push("stop");
    this.writes = false;
  }
}

const here = document.createElement("div");
here.innerHTML = `<form data-both><textarea></textarea><button data-send-both></button></form>`;
document.body.append(here);
const form = here.querySelector("form") as HTMLFormElement;
const field = here.querySelector("textarea") as HTMLTextAreaElement;
const first = new Column();
const columns: Column[] = [first];
const both = new Both(form, () => columns as unknown as ModelPlayground[]);

function ask(question: string): void {
  field.value = question;
  form.dispatchEvent(new Event("submit", { cancelable: true }));
}

test("one question goes to as many as there are, and none while one of them writes", () => {
  ask("  ");
  assert.deepEqual(first.heard, []);
  columns.push(new Column());
  ask(" Hello? ");
  assert.deepEqual(columns.map(({ heard }) => heard), [["Hello?"], ["Hello?"]]);
  assert.equal(field.value, "");
  assert.equal(form.hasAttribute("data-writing"), true);
  first.writes = false;
  both.show();
  ask("Again?");
  assert.deepEqual(columns.map(({ heard }) => heard.length), [1, 1]);
  assert.equal(field.value, "Again?"); // what was typed stays
});

test("the button stops what still writes, and sends again when both have ended", () => {
  const twice = new Event("click", { bubbles: true, cancelable: true });
  Object.assign(twice, { detail: 2 });
  here.querySelector("button")?.dispatchEvent(twice);
  assert.equal(columns[1]?.writes, true);
  here.querySelector("button")?.click();
  both.show();
  assert.equal(columns[1]?.writes, false);
  assert.equal(form.hasAttribute("data-writing"), false);
});

test("Escape that one has taken for its own stops the other as well", () => {
  ask("More?");
  const event = new Event("keydown", { bubbles: true, cancelable: true });
  Object.assign(event, { key: "Escape" });
  document.dispatchEvent(event);
  assert.equal(columns[1]?.writes, true); // nobody has taken it: a dialog may be open
  event.preventDefault();
  document.dispatchEvent(event);
  assert.deepEqual(columns.map(({ writes }) => writes), [false, false]);
  both.leave();
  here.remove();
});
