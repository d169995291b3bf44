// Suggestions under each field that searches models: in the header, on the front page, on a phone. Without this they are
// plain forms.
import { Options } from "./options";
import { Suggested } from "./suggested";
import { meta } from "./dom";

const fields = "input[type=search][name=q]";
const boxes = new WeakMap<Element, SuggestBox>();

class SuggestBox {
  private readonly list = document.createElement("ul");
  private readonly options: Options;
  private readonly suggested = new Suggested((found) => this.show(found));

  constructor(private readonly input: HTMLInputElement) {
    this.list.id = `${input.id}-suggestions`;
    this.list.className = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("aria-label", meta("commands")?.dataset["label"] ?? "");
    this.options = new Options(input, this.list);
    const home = input.closest(".find") ?? input.parentElement;
    home?.append(this.list);
    input.addEventListener("input", this.onInput, { capture: true });
    input.addEventListener("compositionend", this.onComposed);
    input.addEventListener("keydown", this.onKey);
    this.list.addEventListener("click", this.onClick);
    home?.addEventListener("focusout", (event) => home.contains((event as FocusEvent).relatedTarget as Node) || this.close());
  }

  private onInput = (event: Event): void => {
    // Signs that are still being put together are nobody's query yet, for whoever else listens either.
    if ((event as InputEvent).isComposing) event.stopImmediatePropagation();
    else this.suggested.follow(this.input.value);
  };

  private onComposed = (): void => {
    this.input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };

  private onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.step(event);
    else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault(); // the browser would empty the field
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter") {
      const active = this.options.active;
      if (active) event.preventDefault();
      this.close();
      active?.click();
    } else if (event.key === "Tab") this.close();
  };

  private step(event: KeyboardEvent): void {
    event.preventDefault();
    if (this.list.hidden) this.suggested.follow(this.input.value);
    else this.options.move(event.key === "ArrowDown" ? 1 : -1, true);
  }

  /** Words are searched from the field, which may have filters beside it; everything else has an address of its own. */
  private onClick = (event: Event): void => {
    const option = (event.target as Element).closest<HTMLElement>("[data-kind=words]");
    if (!option || (event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey) return this.close();
    event.preventDefault();
    this.input.value = option.dataset["text"] ?? "";
    this.input.focus();
    this.close();
    this.input.form?.requestSubmit();
  };

  private show(found: HTMLAnchorElement[]): void {
    if (document.activeElement !== this.input) return;
    this.list.replaceChildren(...found.map(row));
    this.list.hidden = found.length === 0;
    this.options.expand(found.length > 0);
  }

  private close(): void {
    this.suggested.forget();
    this.list.hidden = true;
    this.options.expand(false);
  }
}

function row(option: HTMLElement): HTMLElement {
  const item = document.createElement("li");
  item.setAttribute("role", "presentation");
  item.append(option);
  return item;
}

document.addEventListener("focusin", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.matches(fields) || boxes.has(input)) return;
  boxes.set(input, new SuggestBox(input));
});
