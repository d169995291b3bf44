// Asking for a part of a page again until the server answers. While it does not, one line of the page says since when
// its figures are no longer sure.
import { toast, withdraw } from "../site/toasts";

const pauses = [1000, 2000, 5000, 10_000, 30_000]; // ms from a look without an answer to the next one
const unsure = new Map<Element, number>(); // parts that were not answered, and when (ms) they last were

function tell(): void {
  if (unsure.size === 0) return withdraw("toast-stale");
  toast("toast-stale", { since: new Date(Math.min(...unsure.values())) });
}

/** Ask for the part inside `host` through its link [data-look]; a page that has just been loaded first gets its htmx. */
export function ask(host: HTMLElement): void {
  const link = host.querySelector("[data-look]");
  if (link?.hasAttribute("data-htmx-powered")) link.dispatchEvent(new CustomEvent("live:look"));
  else if (link) document.addEventListener("htmx:after:process", () => ask(host), { once: true });
}

/** The looks of one host. requests.ts tells its link of each answer, and of each that did not come. */
export class Looks {
  private answeredAt = Date.now();
  private failures = 0;
  private timer = 0;

  constructor(private readonly host: HTMLElement) {
    host.addEventListener("live:answered", this.onAnswered);
    host.addEventListener("live:unanswered", this.onUnanswered);
  }

  close(): void {
    clearTimeout(this.timer);
    this.host.removeEventListener("live:answered", this.onAnswered);
    this.host.removeEventListener("live:unanswered", this.onUnanswered);
    if (unsure.delete(this.host)) tell();
  }

  /** Whether the last look was not answered, and the next one is on its way by itself. */
  get isRetrying(): boolean {
    return this.failures > 0;
  }

  look = (): void => {
    clearTimeout(this.timer);
    ask(this.host);
  };

  private onAnswered = (): void => {
    clearTimeout(this.timer);
    this.failures = 0;
    this.answeredAt = Date.now();
    if (unsure.delete(this.host)) tell();
  };

  private onUnanswered = (): void => {
    const pause = pauses[Math.min(this.failures++, pauses.length - 1)];
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => document.hidden || this.look(), pause); // coming back into sight is a look too
    unsure.set(this.host, this.answeredAt);
    tell();
  };
}
