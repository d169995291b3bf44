import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Ticked } from "../catalogue/ticked";

const storage = (): Storage => window.sessionStorage;

function empty(): Ticked {
  storage().clear();
  return new Ticked(storage(), 3);
}

test("names keep the order in which they were ticked, each once", () => {
  const ticked = empty();
  for (const name of ["b/b", "a/a", "b/b"]) ticked.add(name);
  assert.deepEqual(ticked.names(), ["a/a", "b/b"]);
  ticked.remove("a/a");
  assert.deepEqual(ticked.names(), ["b/b"]);
});

test("no more are ticked than there is room for", () => {
  const ticked = empty();
  for (const name of ["a/a", "b/b", "c/c", "d/d"]) ticked.add(name);
  assert.equal(ticked.isFull, true);
  assert.deepEqual(ticked.names(), ["a/a", "b/b", "c/c"]);
  ticked.clear();
  assert.deepEqual(ticked.names(), []);
});

test("what stands in the storage and is no list of names is none", () => {
  const ticked = empty();
  for (const odd of ["{", "7", '{"a":1}', '[1,null,"a/a"]']) {
    storage().setItem("compare", odd);
    assert.deepEqual(ticked.names(), odd.startsWith("[") ? ["a/a"] : []);
  }
});
