// How fast something goes: bytes over the last seconds, so that a pause or a hiccup is soon forgotten.
const span = 5_000; // ms

export class Pace {
  private samples: { at: number; done: number }[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Note how much is done by now, in bytes. */
  note(done: number): void {
    const at = this.now();
    const last = this.samples.at(-1);
    if (last && done < last.done) this.samples = []; // it begins anew
    this.samples.push({ at, done });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= span) this.samples.shift();
  }

  /** Bytes a second; 0 while nothing is known. */
  get speed(): number {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }

  /** Seconds that so many bytes take at this pace; undefined where nobody can say. */
  left(rest: number): number | undefined {
    return this.speed > 0 ? Math.ceil(rest / this.speed) : undefined;
  }

  forget(): void {
    this.samples = [];
  }
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** Bytes as people write them: 1.2 MB. */
export function bytes(count: number): string {
  let [value, place] = [count, 0];
  while (value >= 1_000 && place < units.length - 1) [value, place] = [value / 1_000, place + 1];
  const digits = place === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[place]}`;
}

/** Seconds as people write them: 41 s, 3 min, 2 h 5 min. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}
