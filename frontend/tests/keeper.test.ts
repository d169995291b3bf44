import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Keeper } from "../playground/keeper";
import type { Turn } from "../playground/turns";

const turns: Turn[] = [
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Yes.", proof: "signed" },
];
let answers: (Response | Error)[] = [];
const sent: URLSearchParams[] = [];
globalThis.fetch = (_url, init) => {
  sent.push(init?.body as URLSearchParams);
  const answer = answers.shift() ?? new Response("{}", { status: 200 });
  return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
};

function keeper(): [Keeper, string[]] {
  sent.length = 0;
  const told: string[] = [];
  return [new Keeper("/keep", "token", (ended, sentence) => told.push(sentence ?? ended)), told];
}
const last = (name: string): string | null | undefined => sent.at(-1)?.get(name);

test("a conversation begins once, and is replaced after that under its name", async () => {
  const [one, told] = keeper();
  answers = [new Error("offline")];
  await one.keep(turns);
  assert.equal(last("begins"), "yes");
  await one.keep(turns);
  assert.equal(last("begins"), "yes"); // nobody knows whether the first arrived
  await one.keep(turns);
  assert.equal(last("begins"), "");
  assert.equal(new Set(sent.map((each) => each.get("id"))).size, 1);
  assert.deepEqual(told, ["unsaved", "saved", "saved"]);
  assert.deepEqual(JSON.parse(last("conversation") ?? ""), turns);
});

test("one that was opened goes on under its name, and a new one has another", async () => {
  const [one] = keeper();
  one.begin("known");
  await one.keep(turns);
  assert.deepEqual([last("id"), last("begins")], ["known", ""]);
  one.begin();
  await one.keep(turns);
  assert.notEqual(last("id"), "known");
  assert.equal(last("begins"), "yes");
});

test("what was erased, or switched off, meanwhile is sent no more, and the page says why", async () => {
  const [one, told] = keeper();
  answers = [new Response('{"detail": "It is off."}', { status: 409 })];
  await one.keep(turns);
  await one.keep(turns);
  assert.equal(sent.length, 1);
  assert.deepEqual(told, ["It is off."]);
  one.begin();
  await one.keep(turns);
  assert.equal(sent.length, 2);
});

test("a page says which version it knows, and goes on with the copy that was made of its words", async () => {
  const [one, told] = keeper();
  const bodies = [{ id: "one", version: 5 }, { id: "two", version: 1, detail: "Both are kept." }, { id: "two", version: 2 }];
  answers = bodies.map((body) => new Response(JSON.stringify(body)));
  one.begin("one", 4);
  await one.keep(turns);
  await one.keep(turns);
  await one.keep(turns);
  assert.deepEqual(sent.map((each) => [each.get("id"), each.get("version")]), [["one", "4"], ["one", "5"], ["two", "1"]]);
  assert.deepEqual(told, ["saved", "Both are kept.", "saved"]);
  one.begin();
  await one.keep(turns);
  assert.deepEqual([last("begins"), last("version")], ["yes", ""]);
});
