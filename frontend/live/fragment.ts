// A part of a page that follows the server. It is fetched again, by htmx and through its own link [data-look], on every
// hint, on a clock, and whenever the page may be stale. What its person is writing stays.
import { Begun } from "./begun";
import { onStale } from "./freshness";
import { Hints } from "./hints";
import { Looks } from "./looks";
import { keepWritten } from "./written";

const tick = 10_000; // ms; while something is to come, a look each: a hint that comes in the moment of a swap is lost
const unhurried = 6; // ticks between looks where nothing is known to come

interface Options {
  sockets: string[];
  hint: (said: unknown) => void;
  waits: () => boolean; // asked by the clock: whether something is to come
  swapped: (event: Event) => void;
}

export class LiveFragment {
  /** Its looks by number: what a page waits for is in the answer of a later one. */
  readonly begun: Begun;
  private readonly looks: Looks;
  private readonly hints: Hints[];
  private readonly clock: number;
  private readonly stops: (() => void)[];
  private ticks = unhurried - 1; // the first one looks: what came between the page and its sockets was told to nobody

  constructor(
    host: HTMLElement,
    private readonly options: Options,
  ) {
    this.begun = new Begun(host);
    this.looks = new Looks(host);
    this.hints = options.sockets.map((path) => new Hints(path, options.hint, this.looks.look));
    this.clock = window.setInterval(this.onTick, tick);
    this.stops = [onStale(this.onStale), keepWritten(host, options.swapped)];
  }

  close(): void {
    for (const hint of this.hints) hint.close();
    clearInterval(this.clock);
    for (const stop of this.stops) stop();
    this.begun.close();
    this.looks.close();
  }

  look(): void {
    this.looks.look();
  }

  private onTick = (): void => {
    const waits = this.options.waits() || this.hints.some((hint) => hint.isDeaf);
    if (document.hidden || this.looks.isRetrying) return;
    if (waits || ++this.ticks % unhurried === 0) this.look();
  };

  private onStale = (long: boolean): void => {
    for (const hint of this.hints) hint.wake(long);
    this.look();
  };
}
