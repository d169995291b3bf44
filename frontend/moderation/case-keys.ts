// <case-keys>: the console by keyboard. Every key presses a button or follows a link that stands on the page.
const fields = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const REASON = "#reason"; // at the end of a case's address: its reason comes first

const enabled = (): boolean => localStorage.getItem("keys") !== "off";

export class CaseKeys extends HTMLElement {
  connectedCallback(): void {
    // In the capture phase, before the keys of every page: some of them mean something else here.
    document.addEventListener("keydown", this.onKey, true);
    this.addEventListener("change", this.onChange);
    if (location.hash === REASON) this.giveReason();
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.onKey, true);
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      this.take(event, () => this.querySelector<HTMLFormElement>("form[data-decide]")?.requestSubmit());
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !enabled()) return;
    if ((event.target as Element).matches(fields)) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    const action = this.actions[event.key] ?? this.choice(event.key);
    if (action) this.take(event, action);
  };

  private take(event: KeyboardEvent, action: () => unknown): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    action();
  }

  private actions: Record<string, () => unknown> = {
    j: () => this.move(1),
    k: () => this.move(-1),
    c: () => this.claim(),
    r: () => this.giveReason(),
    u: () => this.querySelector<HTMLFormElement>("form[data-undo]")?.requestSubmit(),
    o: () => this.querySelector<HTMLElement>("a[data-page]")?.click(),
    "?": () => this.querySelector<HTMLDialogElement>("#console-keys")?.showModal(),
  };

  /** The number of a decision chooses it. */
  private choice(key: string): (() => void) | undefined {
    const radio = this.querySelectorAll<HTMLInputElement>("form[data-decide] input[name=action]")[Number(key) - 1];
    return radio && (() => (radio.focus(), radio.click()));
  }

  /** The case of the list that has the focus, where it is not the open one: keys are about it. */
  private get other(): HTMLAnchorElement | null {
    return this.querySelector<HTMLAnchorElement>("a.case:focus:not([aria-current])");
  }

  private claim(): void {
    const other = this.other;
    const form = this.querySelector<HTMLFormElement>(other ? "form[data-claims-one]" : "form[data-claim]");
    if (form && other?.dataset.claims) form.action = other.dataset.claims;
    form?.requestSubmit();
  }

  private giveReason(): void {
    if (this.other) location.assign(this.other.href + REASON);
    else this.querySelector<HTMLElement>("[data-canned] select")?.focus();
  }

  /** Move the focus by a case; at first to the one beside the open one. */
  private move(step: 1 | -1): void {
    const cases = [...this.querySelectorAll<HTMLElement>(".case")];
    const open = cases.findIndex((each) => each.matches("[aria-current]"));
    const focused = cases.indexOf(document.activeElement as HTMLElement);
    const at = focused < 0 ? open : focused;
    const next = cases[at < 0 ? 0 : at + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  /** A canned reason fills in its text, its category and its rule, where nothing else was written. */
  private onChange = (event: Event): void => {
    const select = event.target as HTMLSelectElement;
    if (!select.matches("[data-canned] select")) return;
    const chosen = this.querySelector<HTMLTemplateElement>(`template[data-for="${CSS.escape(select.value)}"]`);
    const reason = this.querySelector<HTMLTextAreaElement>("textarea[name=reason]");
    if (!chosen || !reason) return;
    reason.value = chosen.content.textContent?.trim() ?? "";
    for (const name of ["category", "rule"] as const) {
      const field = this.querySelector<HTMLSelectElement>(`form[data-decide] select[name=${name}]`);
      if (field && chosen.dataset[name]) field.value = chosen.dataset[name] ?? "";
    }
    reason.focus();
  };
}

customElements.define("case-keys", CaseKeys);
