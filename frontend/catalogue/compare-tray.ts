// <compare-tray>: what is ticked for a comparison, in the order in which it was ticked, on whatever page of results. It
// is kept for this tab only. The boxes of the page say the same as the tray.
import { Ticked } from "./ticked";

const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('input[form="compare"][name="m"]')];

class CompareTray extends HTMLElement {
  private readonly ticked = new Ticked(sessionStorage, Number(this.dataset["most"]));

  connectedCallback(): void {
    document.addEventListener("change", this.onChange);
    document.addEventListener("htmx:after:swap", this.show);
    window.addEventListener("pageshow", this.show);
    this.querySelector("form")?.addEventListener("submit", this.onSubmit);
    this.querySelector("[data-clear]")?.addEventListener("click", this.onClear);
    this.show();
  }

  disconnectedCallback(): void {
    document.removeEventListener("change", this.onChange);
    document.removeEventListener("htmx:after:swap", this.show);
    window.removeEventListener("pageshow", this.show);
  }

  private onChange = (event: Event): void => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.getAttribute("form") !== "compare") return;
    if (box.checked) this.ticked.add(box.value);
    else this.ticked.remove(box.value);
    this.show();
  };

  private onClear = (): void => {
    this.ticked.clear();
    this.show();
    boxes()[0]?.focus({ preventScroll: true }); // the button that had the focus is gone
  };

  private onSubmit = (event: SubmitEvent): void => {
    const names = this.ticked.names();
    if (!names.length || !(event.target instanceof HTMLFormElement)) return;
    event.preventDefault();
    const query = new URLSearchParams(names.map((name) => ["m", name]));
    location.assign(`${event.target.action}?${query.toString()}`);
  };

  private show = (): void => {
    const names = this.ticked.names();
    for (const box of boxes()) {
      box.checked = names.includes(box.value);
      box.disabled = this.ticked.isFull && !box.checked;
    }
    this.querySelector("form")?.toggleAttribute("data-open", names.length > 0);
    this.write("[data-count]", this.said(names.length));
    this.write("[data-names]", names.map((name) => name.slice(name.indexOf("/") + 1)).join(", "));
    const clear = this.querySelector<HTMLElement>("[data-clear]");
    if (clear) clear.hidden = false;
  };

  private said(count: number): string {
    if (count === 1) return this.dataset["one"] ?? "";
    if (this.ticked.isFull) return this.dataset["full"] ?? "";
    return (this.dataset["some"] ?? "").replace("{n}", String(count));
  }

  private write(selector: string, text: string): void {
    const place = this.querySelector(selector);
    if (place && place.textContent !== text) place.textContent = text;
  }
}

customElements.define("compare-tray", CompareTray);
