// The options of a combobox: which of them is active, while the focus stays in the field.
export class Options {
  constructor(
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
  ) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    list.setAttribute("role", "listbox");
  }

  /** Those that are seen, in their order. */
  get all(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=option]")].filter((each) => !each.closest("[hidden]"));
  }

  get active(): HTMLElement | undefined {
    return this.all.find((each) => each.getAttribute("aria-selected") === "true");
  }

  /** Make an option the active one, or none. */
  activate(option?: HTMLElement): void {
    for (const [place, each] of this.all.entries()) {
      each.id ||= `${this.list.id}-${place}-${Math.random().toString(36).slice(2, 8)}`;
      each.setAttribute("aria-selected", String(each === option));
    }
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  /** Go `step` options on, round the ends; `through` the field itself, where none is active. */
  move(step: 1 | -1, through = false): void {
    const all = this.all;
    const stops = all.length + (through ? 1 : 0);
    if (stops === 0) return;
    const at = all.findIndex((each) => each === this.active);
    const from = at < 0 ? (through ? all.length : step > 0 ? -1 : 0) : at;
    this.activate(all[(from + step + stops) % stops]);
  }

  expand(open: boolean): void {
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.activate();
  }
}
