import { strict as assert } from "node:assert";
import { test } from "node:test";
import { bytes, duration, Pace } from "../publish/pace";

test("a pace is of the last seconds, and says how long the rest takes", () => {
  let now = 0;
  const pace = new Pace(() => now);
  assert.equal(pace.left(100), undefined);
  for (const [at, done] of [[0, 0], [1_000, 1_000], [9_000, 1_000], [10_000, 11_000], [14_000, 51_000]] as const) {
    now = at;
    pace.note(done);
  }
  assert.equal(pace.speed, 10_000);
  assert.equal(pace.left(25_000), 3);
});

test("what begins anew has no pace yet", () => {
  let now = 0;
  const pace = new Pace(() => now++);
  pace.note(10);
  pace.note(20);
  pace.note(5);
  assert.equal(pace.speed, 0);
});

test("bytes and times are short", () => {
  assert.deepEqual([0, 999, 1_000, 541_000_000, 20_000_000_000].map(bytes), ["0 B", "999 B", "1.0 kB", "541 MB", "20.0 GB"]);
  assert.deepEqual([0, 41, 60, 150, 3_600, 7_500].map(duration), ["0 s", "41 s", "1 min", "3 min", "1 h", "2 h 5 min"]);
});
