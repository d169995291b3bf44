import { strict as assert } from "node:assert";
import { test } from "node:test";
import { standing } from "../site/targets";

function made(id: string): HTMLElement {
  const element = document.createElement("p");
  element.id = id;
  return element;
}

test("what was replaced stands where its id does", () => {
  const [old, fresh] = [made("saved"), made("saved")];
  document.body.append(old);
  assert.equal(standing(old), old);
  old.replaceWith(fresh);
  assert.equal(standing(old), fresh);
  fresh.remove();
  assert.equal(standing(old), old);
});

test("what has no id has no successor", () => {
  const nameless = made("");
  document.body.append(made(""));
  assert.equal(standing(nameless), nameless);
});
