// <playground-bench>: what stands around a conversation on its own page: settings, what it used, the same as code.
import { part } from "../site/dom";
import { Both } from "./both";
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
  private readonly keepers = new Map<ModelPlayground, Keeper>();
  private both?: Both;

  connectedCallback(): void {
    this.remember();
    this.addEventListener("playground:ask", this.onAsk);
    this.addEventListener("playground:change", this.onChange);
    this.addEventListener("submit", this.onShare);
    this.form.addEventListener("input", this.write);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.language.addEventListener("change", this.write);
    this.querySelector("[data-new]")?.addEventListener("click", this.onNew);
    const both = this.querySelector<HTMLFormElement>("[data-both]");
    if (both) this.both = new Both(both, () => this.playgrounds);
    this.write();
  }

  disconnectedCallback(): void {
    this.both?.leave();
  }

  /** Go on with the conversation that was opened from the history. */
  private remember(): void {
    const { past } = this.dataset;
    const [first] = this.playgrounds;
    if (!past || !first) return;
    const { id, version, turns } = JSON.parse(past) as { id: string; version: number; turns: Past[] };
    this.keeperOf(first)?.begin(id, version);
    first.recall(turns);
    fill(this.form, turns.at(-1)?.settings ?? {});
    this.shareOf(first)?.toggleAttribute("hidden", false);
  }

  /** What keeps the conversations with a model, where their owner has switched that on. */
  private keeperOf(playground: ModelPlayground): Keeper | undefined {
    const url = playground.closest<HTMLElement>("[data-keep]")?.dataset["keep"];
    const token = this.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    if (url && !this.keepers.has(playground)) this.keepers.set(playground, new Keeper(url, token, this.onKept));
    return this.keepers.get(playground);
  }

  private onKept = (ended: "saved" | "unsaved", sentence?: string): void => {
    const line = this.querySelector<HTMLElement>("[data-kept]");
    if (line) line.textContent = sentence ?? line.dataset[ended] ?? "";
  };

  /** One, or two side by side; the second comes a moment after the page. */
  private get playgrounds(): ModelPlayground[] {
    return [...this.querySelectorAll("model-playground")].filter((each) => each instanceof ModelPlayground);
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

  /** What is set goes along; of two models each is told what it follows. */
  private onAsk = (event: Event): void => {
    const column = (event.target as Element).closest<HTMLElement>("[data-column]");
    const follows = column?.dataset["follows"]?.split(" ");
    const set = Object.entries(this.settings);
    (event as CustomEvent<Asking>).detail.settings = Object.fromEntries(set.filter(([name]) => follows?.includes(name) ?? true));
    const left = set.some(([name]) => follows && !follows.includes(name));
    column?.querySelector("[data-unset]")?.toggleAttribute("hidden", !left);
  };

  private onChange = (event: Event): void => {
    const said = (event as CustomEvent<Said | undefined>).detail;
    this.used.read += said?.prompt_tokens ?? 0;
    this.used.written += said?.tokens ?? 0;
    this.tally();
    this.write();
    this.both?.show();
    const playground = event.target;
    if (!(playground instanceof ModelPlayground)) return;
    const turns = playground.turns.said;
    this.shareOf(playground)?.toggleAttribute("hidden", !turns.some(({ role }) => role === "assistant"));
    if (said) void this.keeperOf(playground)?.keep(turns);
  };

  private shareOf(playground: ModelPlayground): HTMLFormElement | null {
    return (playground.closest("[data-column]") ?? this).querySelector<HTMLFormElement>("[data-share]");
  }

  /** What is sent is the conversation as it is now; while an answer is written, there is none to send. */
  private onShare = (event: Event): void => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-share]")) return;
    const playground = this.playgrounds.find((each) => this.shareOf(each) === form);
    if (!playground || playground.writes) return event.preventDefault();
    part(form, "[name=conversation]", HTMLInputElement).value = JSON.stringify(playground.turns.said);
  };

  private onNew = (): void => {
    if (this.playgrounds.some((each) => each.writes)) return;
    this.used = { read: 0, written: 0 };
    for (const each of this.playgrounds) {
      this.keeperOf(each)?.begin();
      each.clear();
    }
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
