// <size-range>: two thumbs on a histogram that fill the two fields below it. The fields are what the form sends.
import { DRAFT } from "./filter-sheet";

class SizeRange extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("input", this.onInput);
    document.addEventListener("htmx:after:swap", this.read);
    document.addEventListener(DRAFT, this.read);
    this.read();
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:after:swap", this.read);
    document.removeEventListener(DRAFT, this.read);
  }

  private get edges(): string[] {
    return (this.dataset["edges"] ?? "").split(",");
  }

  private thumb(name: string): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>(`[data-thumb="${name}"]`);
  }

  private field(name: string): HTMLInputElement | null {
    return this.parentElement?.querySelector<HTMLInputElement>(`[data-bound="${name}"]`) ?? null;
  }

  /** The thumbs stand where the server has put them, unless the fields say something else that is an edge. */
  private read = (): void => {
    for (const [name, outermost] of [["low", 0] as const, ["high", this.edges.length - 1] as const]) {
      const thumb = this.thumb(name);
      const field = this.field(name);
      if (!thumb || !field) continue;
      const place = this.edges.indexOf(field.value.trim().toLowerCase(), name === "low" ? 0 : 1);
      if (field.value === field.defaultValue) thumb.value = thumb.defaultValue;
      else if (!field.value) thumb.value = String(outermost);
      else if (place > 0) thumb.value = String(place);
    }
    this.show();
  };

  private onInput = (event: Event): void => {
    const moved = event.target;
    const [low, high] = [this.thumb("low"), this.thumb("high")];
    if (!(moved instanceof HTMLInputElement) || !low || !high) return;
    // They never pass each other, and a bar is left between them.
    if (Number(low.value) >= Number(high.value)) {
      if (moved === low) low.value = String(Math.max(0, Number(high.value) - 1));
      else high.value = String(Math.min(this.edges.length - 1, Number(low.value) + 1));
    }
    for (const [thumb, name] of [[low, "low"] as const, [high, "high"] as const]) {
      const field = this.field(name);
      if (field && thumb === moved) field.value = this.edges[Number(thumb.value)] ?? "";
    }
    this.show();
  };

  private show(): void {
    const [low, high] = [Number(this.thumb("low")?.value), Number(this.thumb("high")?.value)];
    for (const bar of this.querySelectorAll("rect")) {
      const place = Number(bar.dataset["place"]);
      bar.classList.toggle("in", place >= low && place < high);
    }
    const [from, to] = [this.said("low"), this.said("high")];
    this.thumb("low")?.setAttribute("aria-valuetext", from);
    this.thumb("high")?.setAttribute("aria-valuetext", to);
    const chosen = this.querySelector("[data-chosen]");
    if (chosen) chosen.textContent = this.between(from, to);
  }

  private between(from: string, to: string): string {
    const any = this.dataset["any"] ?? "";
    if (from === any) return to === any ? any : `≤ ${to}`;
    return to === any ? `≥ ${from}` : `${from} – ${to}`;
  }

  private said(name: string): string {
    const typed = this.edges[Number(this.thumb(name)?.value)] ?? "";
    return typed ? typed.toUpperCase().replace(/(\d)(\D)/u, "$1\u00a0$2") : (this.dataset["any"] ?? "");
  }
}

customElements.define("size-range", SizeRange);
