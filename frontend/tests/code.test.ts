import { strict as assert } from "node:assert";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { code, messages, type Call } from "../playground/code";

const call: Call = {
  base: "https://x/v1",
  model: "a/b",
  settings: { system: "Be 'short'.", max_tokens: 9, stop: ["\n"] },
  turns: [
    { role: "user", content: `It's "so": $HOME \`id\` \\ \n' + evil + '` },
    { role: "assistant", content: "Yes." },
    { role: "user", content: "Why?" },
    { role: "assistant", content: "No." },
  ],
};
const empty: Call = { ...call, settings: {}, turns: [] };

test("what is asked ends with the last question, after the instructions", () => {
  assert.deepEqual(messages(call).map(({ role }) => role), ["system", "user", "assistant", "user"]);
  assert.deepEqual(messages(empty), [{ role: "user", content: "Hello" }]);
});

test("in JavaScript each value is a literal of its own", () => {
  const written = code("javascript", call);
  const said = /create\((\{.*?\n\})\)/su.exec(written)?.[1] ?? "";
  const read = JSON.parse(String(runInNewContext(`JSON.stringify(${said})`))) as { messages: unknown; max_tokens: number; stop: string[]; stream: boolean };
  assert.deepEqual(read.messages, messages(call));
  assert.equal(read.max_tokens, 9);
  assert.deepEqual(read.stop, ["\n"]);
  assert.equal(read.stream, true);
});

test("in a shell nothing ends the quotes", () => {
  const written = code("curl", call);
  const body = written.slice(written.indexOf("-d '") + 4, written.lastIndexOf("'"));
  const read = JSON.parse(body.replaceAll(String.raw`'\''`, "'")) as { messages: unknown };
  assert.equal(body.replaceAll(String.raw`'\''`, "").includes("'"), false);
  assert.deepEqual(read.messages, messages(call));
});

test("in Python a text is one line, and what is not known is Python", () => {
  const written = code("python", call);
  assert.match(written, /\{"role": "user", "content": "It's \\"so\\": \$HOME `id` \\\\ \\n' \+ evil \+ '"\},/u);
  assert.match(written, /max_tokens=9,\n {4}stop=\["\\n"\],\n/u);
  assert.equal(code("cobol", call), written);
  assert.match(code("python", { ...empty, model: "\u2028\u007f" }), /model="\\u2028\\u007f"/u);
});
