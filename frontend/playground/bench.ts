// <playground-bench>: what stands around a conversation on its own page: settings, what it used, the same as code; and
// where two models answer side by side, whatever is asked of the first is asked of the second.
import { part } from "../site/dom";
import { code } from "./code";
import { ModelPlayground } from "./playground";
import type { Asking, Said } from "./protocol";

interface Put {
  question: string;
  place: number; // the turn that it takes, and all after it
}

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

class PlaygroundBench extends HTMLElement {
  private used = { read: 0, written: 0 };

  connectedCallback(): void {
    this.addEventListener("playground:ask", (event) => {
      (event as CustomEvent<Asking>).detail.settings = this.settings;
    });
    this.addEventListener("playground:change", (event) => this.onChange((event as CustomEvent<Said | undefined>).detail));
    this.addEventListener("playground:put", (event) => this.onPut(event as CustomEvent<Put>));
    this.addEventListener("playground:stop", (event) => {
      for (const each of this.others(event.target)) if (each.writes) each.stop();
    });
    this.form.addEventListener("input", this.write);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.language.addEventListener("change", this.write);
    this.querySelector("[data-new]")?.addEventListener("click", this.onNew);
    this.write();
  }

  private get playgrounds(): ModelPlayground[] {
    return [...this.querySelectorAll("model-playground")].filter((each) => each instanceof ModelPlayground);
  }

  private others(one: EventTarget | null): ModelPlayground[] {
    return this.playgrounds.filter((each) => each !== one);
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

  private onPut({ target, detail }: CustomEvent<Put>): void {
    if (target !== this.playgrounds[0]) return;
    for (const each of this.others(target)) {
      each.turns.cut(detail.place);
      each.put(detail.question);
    }
  }

  private onChange(said?: Said): void {
    this.used.read += said?.prompt_tokens ?? 0;
    this.used.written += said?.tokens ?? 0;
    this.tally();
    this.write();
    const [first] = this.playgrounds;
    first?.wait(this.playgrounds.some((each) => each.writes));
  }

  private onNew = (): void => {
    if (this.playgrounds.some((each) => each.writes)) return;
    this.used = { read: 0, written: 0 };
    const [first] = this.playgrounds;
    for (const each of this.others(first ?? null)) each.clear();
    first?.clear(); // at last: it takes the focus
  };

  private tally(): void {
    const line = this.querySelector("[data-used]");
    if (line) line.textContent = `${this.used.read.toLocaleString()} + ${this.used.written.toLocaleString()}`;
  }

  private write = (): void => {
    const base = `${location.origin}/v1`;
    const turns = this.playgrounds[0]?.turns.said ?? [];
    const written = code(this.language.value, { base, model: this.dataset["model"] ?? "", settings: this.settings, turns });
    part(this, "[data-code]", HTMLElement).textContent = written;
    part(this, "[data-code-copy]", HTMLElement).dataset["text"] = written;
  };
}

customElements.define("playground-bench", PlaygroundBench);
