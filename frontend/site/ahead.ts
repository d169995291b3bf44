// Takes what is typed while something is fetched that will have a field for it, so that no letter is lost or means a key
// of the page. A real field, though nobody sees it: input methods write into it, and a phone shows its keyboard.
export class Ahead {
  private readonly field = document.createElement("input");
  private readonly before = document.activeElement;
  private composing: Promise<unknown> = Promise.resolve();
  private isEntered = false;
  isLeft = false; // by Escape, or because what was typed was taken

  /** `label` is what screen readers call the field. */
  constructor(label: string) {
    this.field.className = "visually-hidden";
    this.field.autocomplete = "off";
    this.field.setAttribute("aria-label", label);
    this.field.addEventListener("compositionstart", () => {
      this.composing = new Promise((resolve) => this.field.addEventListener("compositionend", resolve, { once: true }));
    });
    this.field.addEventListener("keydown", this.onKey);
    (document.querySelector("main") ?? document.body).append(this.field); // what is in no landmark is lost to some
    this.field.focus({ preventScroll: true });
  }

  /** What was typed, and whether Enter followed; nothing where it was left. The focus is where it was, the field gone. */
  async taken(): Promise<{ text: string; isEntered: boolean } | undefined> {
    await this.composing;
    if (this.isLeft) return undefined;
    this.leave();
    return { text: this.field.value, isEntered: this.isEntered };
  }

  private leave(): void {
    this.isLeft = true;
    const hadFocus = document.activeElement === this.field;
    this.field.remove();
    if (hadFocus && this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Enter") this.isEntered = true;
    else if (event.key === "Escape") this.leave();
    else if (event.key !== "Tab") return;
    event.preventDefault();
  };
}
