import { strict as assert } from "node:assert";
import { test } from "node:test";
import { answerOf, refusalOf } from "../disputes/dispute-files";

test("what is too large, or one too many, is not sent", () => {
  assert.equal(refusalOf(5_000_000, 5_000_000, 1), undefined);
  assert.equal(refusalOf(5_000_001, 5_000_000, 1), "too-large");
  assert.equal(refusalOf(5_000_001, 5_000_000, 0), "too-many");
});

test("an answer that is none says nothing", () => {
  assert.deepEqual(answerOf(""), {});
  assert.deepEqual(answerOf("<html>"), {});
  assert.deepEqual(answerOf('{"files":["bafk"]}'), { files: ["bafk"] });
});
