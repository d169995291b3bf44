// What is sent, a few at a time: small ones go beside a large one, and none waits for all the others.

export type State = "waiting" | "running" | "paused" | "failed" | "done";

export interface Job {
  state: State;
  /** Begin, or go on; what becomes of it is told by `Queue.ended`. */
  start(): void;
  /** Stop where it is. */
  stop(): void;
}

export class Queue<J extends Job> {
  readonly jobs = new Set<J>();

  constructor(
    private readonly changed: () => void,
    private readonly most = 3,
  ) {}

  add(job: J): void {
    this.jobs.add(job);
    this.next();
  }

  /** Say that a job came to this end, so that another begins. */
  ended(job: J, state: "failed" | "done"): void {
    job.state = state;
    this.next();
  }

  pause(job: J): void {
    if (job.state === "running") job.stop();
    if (job.state === "running" || job.state === "waiting") job.state = "paused";
    this.next();
  }

  /** Go on with what was paused, or try again what failed. */
  resume(job: J): void {
    if (job.state === "paused" || job.state === "failed") job.state = "waiting";
    this.next();
  }

  pauseAll(): void {
    for (const job of this.jobs) {
      if (job.state === "running") job.stop();
      if (job.state === "running" || job.state === "waiting") job.state = "paused";
    }
    this.changed();
  }

  resumeAll(): void {
    for (const job of this.jobs) if (job.state === "paused" || job.state === "failed") job.state = "waiting";
    this.next();
  }

  remove(job: J): void {
    if (job.state === "running") job.stop();
    this.jobs.delete(job);
    this.next();
  }

  in(state: State): J[] {
    return [...this.jobs].filter((job) => job.state === state);
  }

  /** Whether anything would be lost to who leaves. */
  get isBusy(): boolean {
    return [...this.jobs].some((job) => job.state === "running" || job.state === "waiting");
  }

  private next(): void {
    let room = this.most - this.in("running").length;
    for (const job of this.in("waiting")) {
      if (room-- <= 0) break;
      job.state = "running";
      job.start();
    }
    this.changed();
  }
}
