// <list-rows>: rows of inputs, with a button that adds an empty one, up to data-most.
class ListRows extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector<HTMLButtonElement>("[data-add]");
    if (!button) return;
    button.addEventListener("click", () => this.add(button));
    this.show(button);
  }

  private rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-row]")];
  }

  private add(button: HTMLButtonElement): void {
    const row = this.rows().at(-1)?.cloneNode(true) as HTMLElement | undefined;
    if (!row) return;
    for (const input of row.querySelectorAll("input")) input.value = "";
    button.before(row);
    row.querySelector("input")?.focus();
    this.show(button);
  }

  private show(button: HTMLButtonElement): void {
    button.hidden = this.rows().length >= Number(this.dataset["most"]);
  }
}

customElements.define("list-rows", ListRows);
