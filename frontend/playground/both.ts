// One composer for two models side by side: what it sends goes to both, and each answers by itself.
import { part } from "../site/dom";
import type { ModelPlayground } from "./playground";

export class Both {
  private composes = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly columns: () => ModelPlayground[],
  ) {
    form.addEventListener("submit", this.onSubmit);
    form.addEventListener("keydown", this.onKey);
    form.addEventListener("compositionstart", () => (this.composes = true));
    form.addEventListener("compositionend", () => window.setTimeout(() => (this.composes = false), 0));
    part(form, "[data-send-both]", HTMLElement).addEventListener("click", this.onSend);
    document.addEventListener("keydown", this.onEscape);
  }

  /** The page has gone. */
  leave(): void {
    document.removeEventListener("keydown", this.onEscape);
  }

  /** An answer has begun or ended: the button that sends is the one that stops. */
  show(): void {
    const writes = this.writes;
    this.form.toggleAttribute("data-writing", writes);
    const at = document.activeElement;
    if (!writes && (!at || at === document.body || at.matches("[data-column] [data-send]"))) this.field.focus({ preventScroll: true });
  }

  private get field(): HTMLTextAreaElement {
    return part(this.form, "textarea", HTMLTextAreaElement);
  }

  private get writes(): boolean {
    return this.columns().some((each) => each.writes);
  }

  private stop(): void {
    for (const each of this.columns()) each.stop();
  }

  private onSubmit = (event: Event): void => {
    event.preventDefault();
    const question = this.field.value.trim();
    if (!question || this.writes || this.columns().length === 0) return;
    this.field.value = "";
    for (const each of this.columns()) each.send(question);
    this.show();
  };

  private onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.composes) return;
    if (event.target !== this.field) return;
    event.preventDefault();
    if (!this.writes) this.form.requestSubmit();
  };

  private onSend = (event: MouseEvent): void => {
    if (!this.writes) return;
    event.preventDefault();
    if (event.detail < 2) this.stop();
  };

  /** One of the two has taken it for its own answer; it is meant for both. */
  private onEscape = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && event.defaultPrevented && this.writes) this.stop();
  };
}
