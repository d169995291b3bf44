// The keyboard map. What the keys do stands once, in components/keys.html: data-keys and data-do of its rows.
import { perform } from "./commands";
import { clearToasts } from "./toasts";

const rows = ":is(.ledger, .grid-cards) :is(.name > a, a.name)";
const fields = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const patience = 1000; // ms between the keys of a sequence such as "g h"

const enabled = (): boolean => localStorage.getItem("keys") !== "off";

/** Move the focus by `step` rows; without a focused row, to the first. */
function move(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(rows)];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = links[at < 0 ? 0 : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

class KeyboardMap extends HTMLElement {
  private pressed = "";
  private timer = 0;

  connectedCallback(): void {
    document.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.onKey);
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") clearToasts();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !enabled()) return;
    if (document.querySelector("dialog[open]") || (event.target as Element).matches(fields)) return;
    const action = this.actionOf(event.key);
    if (!action) return;
    event.preventDefault();
    this.perform(action);
  };

  private actionOf(key: string): string | undefined {
    const onRow = document.activeElement?.matches(rows);
    if (onRow && key === "ArrowDown") return "next";
    if (onRow && key === "ArrowUp") return "previous";
    const keys = this.pressed ? `${this.pressed} ${key}` : key;
    const row = this.querySelector<HTMLElement>(`[data-keys="${CSS.escape(keys)}"]`);
    const starts = this.querySelector(`[data-keys^="${CSS.escape(keys)} "]`);
    clearTimeout(this.timer);
    this.pressed = starts ? keys : "";
    if (starts) this.timer = window.setTimeout(() => (this.pressed = ""), patience);
    return row?.dataset["do"];
  }

  private perform(action: string): void {
    if (action === "next") move(1);
    else if (action === "previous") move(-1);
    else if (!perform(action)) location.assign(action);
  }
}

/** The switch for people whose tools press keys of their own (WCAG 2.1.4); kept on this device. */
class KeysSwitch extends HTMLElement {
  connectedCallback(): void {
    const box = this.querySelector("input");
    if (!box) return;
    box.checked = enabled();
    box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
  }
}

customElements.define("keyboard-map", KeyboardMap);
customElements.define("keys-switch", KeysSwitch);
