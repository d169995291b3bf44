// Which look a swap is of. An answer can be older than what a page waits for: it was on its way already.
type Swap = CustomEvent<{ ctx?: { sourceElement: Element } }>;

/** The looks of one host, numbered as they begin. */
export class Begun {
  private readonly numbers = new WeakMap<object, number>();
  private last = 0;

  constructor(private readonly host: HTMLElement) {
    host.addEventListener("htmx:before:request", this.onRequest);
  }

  close(): void {
    this.host.removeEventListener("htmx:before:request", this.onRequest);
  }

  /** How many have begun. */
  get count(): number {
    return this.last;
  }

  /** The number of the look whose answer was swapped in; 0 for any other swap. */
  of(event: Event): number {
    const ctx = (event as Swap).detail?.ctx;
    return ctx ? (this.numbers.get(ctx) ?? 0) : 0;
  }

  private onRequest = (event: Event): void => {
    const ctx = (event as Swap).detail.ctx;
    if (ctx?.sourceElement.matches("[data-look]")) this.numbers.set(ctx, ++this.last);
  };
}
