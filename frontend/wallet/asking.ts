// The demo wallet's window while a request is open. The server reads the request and says in words what it does; this
// shows that, keeps it fresh, and lets nobody confirm what has not been read or would fail.
import { explain } from "./errors";

const pause = 15_000; // ms between looks: prices, balances and blocks move while a person reads

/** What the server says of the request after so many seconds: a part of a page. */
export type Read = (seconds: number) => Promise<string>;

/** Ask in the window; resolves to whether the person agreed. `now` is in ms. */
export function agreed(dialog: HTMLDialogElement, read: Read, now: () => number = Date.now): Promise<boolean> {
  const asking = new Asking(dialog, read, now);
  dialog.returnValue = "";
  dialog.showModal();
  void asking.look();
  const clock = setInterval(() => void asking.look(), pause);
  return new Promise((resolve) => {
    const closed = (): void => {
      clearInterval(clock);
      asking.end();
      resolve(dialog.returnValue === "yes");
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}

class Asking {
  private readonly began: number;
  private shown = "";
  private isOver = false;

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly read: Read,
    private readonly now: () => number,
  ) {
    this.began = now();
    this.place.replaceChildren(this.copy("waiting"));
    this.place.setAttribute("aria-busy", "true");
    this.agree.disabled = true;
  }

  /** Read the request again, and show it where something of it is new. */
  async look(): Promise<void> {
    try {
      this.show(await this.read(Math.floor((this.now() - this.began) / 1000)));
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    this.isOver = true;
    this.place.replaceChildren();
  }

  private get place(): HTMLElement {
    return this.dialog.querySelector<HTMLElement>("[data-request]") as HTMLElement;
  }

  private get agree(): HTMLButtonElement {
    return this.dialog.querySelector<HTMLButtonElement>("[data-agree]") as HTMLButtonElement;
  }

  private copy(name: string): DocumentFragment {
    const template = this.dialog.querySelector<HTMLTemplateElement>(`template[data-${name}]`);
    return template?.content.cloneNode(true) as DocumentFragment;
  }

  private show(page: string): void {
    if (this.isOver || page === this.shown) return;
    const open = new Map(this.folds().map((fold) => [fold.dataset["fold"], fold.open]));
    const focused = this.folds().find((fold) => fold.contains(document.activeElement))?.dataset["fold"];
    const first = this.shown === "";
    this.shown = page;
    this.place.replaceChildren(...new DOMParser().parseFromString(page, "text/html").body.childNodes);
    this.place.removeAttribute("aria-busy");
    if (!first) for (const fold of this.folds()) fold.open = open.get(fold.dataset["fold"]) ?? fold.open;
    this.folds().find((fold) => focused && fold.dataset["fold"] === focused)?.querySelector("summary")?.focus();
    this.mark(this.place.querySelector<HTMLElement>("[data-asked]"));
  }

  /** Name the button after what it does, and shut it where that would fail. */
  private mark(asked: HTMLElement | null): void {
    const stops = !asked || asked.dataset["stops"] !== undefined;
    this.agree.textContent = asked?.dataset["confirm"] ?? this.agree.textContent;
    this.agree.disabled = stops;
    if (stops) this.agree.setAttribute("aria-describedby", "demo-wallet-stops");
    else this.agree.removeAttribute("aria-describedby");
  }

  private folds(): HTMLDetailsElement[] {
    return [...this.place.querySelectorAll<HTMLDetailsElement>("details[data-fold]")];
  }

  /** What was read once stays readable, but nobody confirms it by what may be old. */
  private fail(error: unknown): void {
    if (this.isOver) return;
    this.shown = "";
    const said = this.copy("unreadable");
    const reason = said.querySelector("[data-reason]");
    if (reason) reason.textContent = explain(error);
    this.place.replaceChildren(said);
    this.place.removeAttribute("aria-busy");
    this.agree.disabled = true;
  }
}
