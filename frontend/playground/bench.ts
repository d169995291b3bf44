// <playground-bench>: what stands around a conversation on its own page: settings, what it used, the same as code.
import { part } from "../site/dom";
import { code } from "./code";
import { Keeper } from "./keeper";
import { ModelPlayground } from "./playground";
import type { Asking, Said } from "./protocol";
import type { Past } from "./turns";

const lists = new Set(["stop"]);
const numbers = new Set(["max_tokens", "temperature", "top_p", "seed"]);

/** What was set: an empty field is as the model does it. */
export function settingsOf(form: HTMLFormElement): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const each of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input[name], textarea[name]")) {
    const said = each.value.trim();
    if (!said) continue;
    if (numbers.has(each.name)) found[each.name] = Number(said);
    else if (lists.has(each.name)) found[each.name] = each.value.split("\n").filter((line) => line.trim());
    else found[each.name] = said;
  }
  return found;
}

/** Set what was set before. */
export function fill(form: HTMLFormElement, settings: Readonly<Record<string, unknown>>): void {
  for (const each of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input[name], textarea[name]")) {
    const value = settings[each.name];
    if (Array.isArray(value)) each.value = value.join("\n");
    else if (typeof value === "string" || typeof value === "number") each.value = String(value);
  }
}

class PlaygroundBench extends HTMLElement {
  private used = { read: 0, written: 0 };
  private keeper?: Keeper;

  connectedCallback(): void {
    this.remember();
    this.addEventListener("playground:ask", (event) => {
      (event as CustomEvent<Asking>).detail.settings = this.settings;
    });
    this.addEventListener("playground:change", (event) => this.onChange((event as CustomEvent<Said | undefined>).detail));
    this.form.addEventListener("input", this.write);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.language.addEventListener("change", this.write);
    this.querySelector("[data-new]")?.addEventListener("click", this.onNew);
    this.shares?.addEventListener("submit", this.onShare);
    this.write();
  }

  /** Keep conversations where their owner has switched that on, and go on with the one that was opened. */
  private remember(): void {
    const { keep, past } = this.dataset;
    const token = this.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    if (keep) this.keeper = new Keeper(keep, token, this.onKept);
    if (!past) return;
    const { id, turns } = JSON.parse(past) as { id: string; turns: Past[] };
    this.keeper?.begin(id);
    this.playground?.recall(turns);
    fill(this.form, turns.at(-1)?.settings ?? {});
    this.onChange();
  }

  private onKept = (ended: "saved" | "unsaved", sentence?: string): void => {
    const line = this.querySelector<HTMLElement>("[data-kept]");
    if (line) line.textContent = sentence ?? line.dataset[ended] ?? "";
  };

  private get playground(): ModelPlayground | null {
    const found = this.querySelector("model-playground");
    return found instanceof ModelPlayground ? found : null;
  }

  private get form(): HTMLFormElement {
    return part(this, "[data-settings]", HTMLFormElement);
  }

  private get language(): HTMLSelectElement {
    return part(this, "[data-language]", HTMLSelectElement);
  }

  private get settings(): Record<string, unknown> {
    return settingsOf(this.form);
  }

  private onChange(said?: Said): void {
    this.used.read += said?.prompt_tokens ?? 0;
    this.used.written += said?.tokens ?? 0;
    this.tally();
    this.write();
    const turns = this.playground?.turns.said ?? [];
    this.shares?.toggleAttribute("hidden", !turns.some(({ role }) => role === "assistant"));
    if (said) void this.keeper?.keep(turns);
  }

  private get shares(): HTMLFormElement | null {
    return this.querySelector<HTMLFormElement>("[data-share]");
  }

  /** What is sent is the conversation as it is now; while an answer is written, there is none to send. */
  private onShare = (event: Event): void => {
    if (!this.shares || this.playground?.writes) return event.preventDefault();
    part(this.shares, "[name=conversation]", HTMLInputElement).value = JSON.stringify(this.playground?.turns.said ?? []);
  };

  private onNew = (): void => {
    if (this.playground?.writes) return;
    this.used = { read: 0, written: 0 };
    this.keeper?.begin();
    this.playground?.clear();
  };

  private tally(): void {
    const line = this.querySelector("[data-used]");
    if (line) line.textContent = `${this.used.read.toLocaleString()} + ${this.used.written.toLocaleString()}`;
  }

  private write = (): void => {
    const base = `${location.origin}/v1`;
    const turns = this.playground?.turns.said ?? [];
    const written = code(this.language.value, { base, model: this.dataset["model"] ?? "", settings: this.settings, turns });
    part(this, "[data-code]", HTMLElement).textContent = written;
    part(this, "[data-code-copy]", HTMLElement).dataset["text"] = written;
  };
}

customElements.define("playground-bench", PlaygroundBench);
