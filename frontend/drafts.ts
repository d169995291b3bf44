// The script of a draft's editor: sliders, keys that move an action, and a form that follows what is chosen. Saving is
// htmx's, and without any of this the buttons of the form do it all.
import { TypedMeanwhile } from "./dao/typed-meanwhile";

/** A thumb that fills the field it is for, on the steps that people count in. */
class ValueSlider extends HTMLElement {
  connectedCallback(): void {
    this.range?.addEventListener("input", this.onSlide);
    this.field?.addEventListener("input", this.onType);
  }

  private get range(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  private get field(): HTMLInputElement | null {
    return document.getElementById(this.dataset["for"] ?? "") as HTMLInputElement | null;
  }

  private onSlide = (): void => {
    const { range, field } = this;
    if (!range || !field) return;
    const step = range.dataset["step"] ?? "1";
    const places = step.split(".")[1]?.length ?? 0;
    const [least, most] = [Number(range.min), Number(range.max)];
    const near = Math.round(Number(range.value) / Number(step)) * Number(step);
    field.value = String(Number(Math.min(most, Math.max(least, near)).toFixed(places)));
  };

  private onType = (): void => {
    const { range, field } = this;
    const typed = Number(field?.value);
    if (range && field?.value && Number.isFinite(typed)) range.value = String(typed);
  };
}

/** What htmx is about to ask; a button with a name does something to the list as it was when it was pressed. */
interface Request {
  request: { body: URLSearchParams; submitter?: Element | null };
  sourceElement: Element;
}

class DraftEditor extends HTMLElement {
  private typing = new TypedMeanwhile(this);

  connectedCallback(): void {
    this.addEventListener("submit", this.onPressed, true);
    this.addEventListener("keydown", this.onKey);
    this.addEventListener("change", this.onChange);
    this.addEventListener("keydown", this.onEnter);
    this.addEventListener("htmx:before:request", this.onRequest);
    document.addEventListener("htmx:before:swap", this.onSwapping);
    document.addEventListener("htmx:after:swap", this.onSwapped);
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:before:swap", this.onSwapping);
    document.removeEventListener("htmx:after:swap", this.onSwapped);
  }

  /** A save that waited for its turn says what stands there now: the answer before it may have brought an action. */
  private onRequest = (event: Event): void => {
    const { request, sourceElement } = (event as CustomEvent<{ ctx: Request }>).detail.ctx;
    if (!(sourceElement instanceof HTMLFormElement) || request.submitter?.getAttribute("name")) return;
    request.body = new URLSearchParams([...new FormData(sourceElement).entries()] as [string, string][]);
  };

  private onPressed = (event: SubmitEvent): void => {
    if (event.submitter?.getAttribute("name")) this.typing.begin();
  };

  private onSwapping = (): void => this.typing.note();

  /** The focus goes along with what was moved, to what was added, or to the way back; who types meanwhile keeps it. */
  private onSwapped = (): void => {
    const isTyping = this.typing.putBack();
    const place = this.querySelector<HTMLElement>("[data-focus]");
    if (!place) return;
    place.removeAttribute("data-focus");
    if (isTyping) return;
    const field = place.matches("button") ? place : place.querySelector<HTMLElement>(".action-fields :is(input, select, textarea)");
    field?.focus();
  };

  /** Alt with an arrow moves the action that one is in. */
  private onKey = (event: KeyboardEvent): void => {
    const way = { ArrowUp: "[data-up]", ArrowDown: "[data-down]" }[event.key];
    if (!event.altKey || !way || !(event.target instanceof Element)) return;
    const button = event.target.closest("[data-action]")?.querySelector<HTMLButtonElement>(way);
    if (!button) return;
    event.preventDefault();
    button.click();
  };

  private onChange = (event: Event): void => {
    const chosen = event.target;
    if (!(chosen instanceof HTMLSelectElement) || !("refresh" in chosen.dataset)) return;
    chosen.closest("[data-action]")?.querySelector<HTMLButtonElement>("button[data-refresh]")?.click();
  };

  /** Enter in a field of one line saves, and does not press the first button that is near. */
  private onEnter = (event: KeyboardEvent): void => {
    const field = event.target instanceof HTMLElement && event.target.matches("input, #title");
    if (event.key !== "Enter" || !field || event.isComposing) return;
    event.preventDefault();
    this.querySelector<HTMLButtonElement>("#save")?.click();
  };
}

customElements.define("value-slider", ValueSlider);
customElements.define("draft-editor", DraftEditor);
