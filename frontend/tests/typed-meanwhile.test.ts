import { strict as assert } from "node:assert";
import { test } from "node:test";
import { TypedMeanwhile } from "../dao/typed-meanwhile";

const action = (place: number, origin: string, fields: string): string =>
  `<section data-action="${place}" data-origin="${origin}"><div class="action-fields">${fields}</div></section>`;
const field = (name: string, value: string): string => `<input name="${name}" value="${value}">`;
const value = (name: string): string => (document.querySelector(`[name="${name}"]`) as HTMLInputElement).value;

function list(html: string): HTMLElement {
  document.body.innerHTML = `<div>${html}</div>`;
  return document.querySelector("div") as HTMLElement;
}

function type(name: string, said: string): void {
  (document.querySelector(`[name="${name}"]`) as HTMLInputElement).value = said;
}

test("what is typed while actions change places stands in its action afterwards", () => {
  const actions = list(action(0, "", field("a0-value", "1")) + action(1, "", field("a1-value", "2") + field("a1-note", "old")));
  const typing = new TypedMeanwhile(actions);
  typing.begin();
  type("a1-value", "2.25");
  typing.note();
  actions.innerHTML = action(0, "1", field("a0-value", "2") + field("a0-note", "new")) + action(1, "0", field("a1-value", "1"));
  typing.putBack();
  assert.deepEqual(["a0-value", "a0-note", "a1-value"].map(value), ["2.25", "new", "1"]);
});

test("what was typed into an action that is taken off goes with it", () => {
  const actions = list(action(0, "", field("a0-value", "1")) + action(1, "", field("a1-value", "2")));
  const typing = new TypedMeanwhile(actions);
  typing.begin();
  type("a0-value", "9");
  typing.note();
  actions.innerHTML = action(0, "1", field("a0-value", "2"));
  assert.equal(typing.putBack(), false);
  assert.equal(value("a0-value"), "2");
});

test("an answer that leaves the list alone leaves its fields alone", () => {
  const actions = list(action(0, "", field("a0-value", "1")));
  const typing = new TypedMeanwhile(actions);
  typing.begin();
  type("a0-value", "3");
  typing.note();
  typing.putBack();
  assert.equal(value("a0-value"), "3");
});
