import { strict as assert } from "node:assert";
import { test } from "node:test";
import { type Job, Queue, type State } from "../publish/queue";

class Work implements Job {
  state: State = "waiting";
  starts = 0;
  stops = 0;

  start(): void {
    this.starts++;
  }

  stop(): void {
    this.stops++;
  }
}

function queued(count: number, most = 2): { queue: Queue<Work>; jobs: Work[] } {
  const queue = new Queue<Work>(() => undefined, most);
  const jobs = Array.from({ length: count }, () => new Work());
  for (const job of jobs) queue.add(job);
  return { queue, jobs };
}

const states = (jobs: Work[]): string => jobs.map((job) => job.state).join(" ");

test("no more run at once than may, and each end lets another begin", () => {
  const { queue, jobs } = queued(4);
  assert.equal(states(jobs), "running running waiting waiting");
  queue.ended(jobs[0] as Work, "done");
  queue.ended(jobs[1] as Work, "failed");
  assert.equal(states(jobs), "done failed running running");
});

test("what is paused makes room, and goes on when its turn comes", () => {
  const { queue, jobs } = queued(3);
  queue.pause(jobs[0] as Work);
  assert.equal(states(jobs), "paused running running");
  assert.equal(jobs[0]?.stops, 1);
  queue.resume(jobs[0]);
  assert.equal(states(jobs), "waiting running running");
  queue.ended(jobs[1] as Work, "done");
  assert.equal(states(jobs), "running done running");
  assert.equal(jobs[0]?.starts, 2);
});

test("all stop and all go on, what failed with them", () => {
  const { queue, jobs } = queued(3, 1);
  queue.ended(jobs[0] as Work, "failed");
  queue.pauseAll();
  assert.equal(states(jobs), "failed paused paused");
  assert.equal(queue.isBusy, false);
  queue.resumeAll();
  assert.equal(states(jobs), "running waiting waiting");
  assert.equal(queue.isBusy, true);
});

test("what is taken out is stopped and forgotten", () => {
  const { queue, jobs } = queued(2, 1);
  queue.remove(jobs[0] as Work);
  assert.equal(jobs[0]?.stops, 1);
  assert.equal(jobs[1]?.state, "running");
  assert.equal(queue.jobs.size, 1);
});
