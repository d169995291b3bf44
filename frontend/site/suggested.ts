// What the server suggests for a text. An answer that is no longer asked for is thrown away, however late it comes.
import { meta } from "./dom";

const pause = 120; // ms without a key before the server is asked

/** Links to what the text may become, each an option of a list. */
async function ask(text: string, signal: AbortSignal): Promise<HTMLAnchorElement[]> {
  const url = `${meta("commands")?.dataset["suggestions"] ?? ""}?q=${encodeURIComponent(text)}`;
  const answer = await fetch(url, { signal, headers: { "HX-Request": "true", "HX-Target": "ul#suggestions" } });
  if (!answer.ok) return [];
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.querySelectorAll<HTMLAnchorElement>("#suggestions a")].map(asOption);
}

function asOption(found: HTMLAnchorElement): HTMLAnchorElement {
  const option = document.importNode(found, true);
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.tabIndex = -1;
  return option;
}

export class Suggested {
  private asked: AbortController | undefined;
  private timer = 0;

  constructor(private readonly show: (found: HTMLAnchorElement[]) => void) {}

  /** Ask for what fits the text, once nothing was typed for a moment. */
  follow(text: string): void {
    this.forget();
    if (!text.trim()) return this.show([]);
    this.timer = window.setTimeout(() => void this.fetch(text), pause);
  }

  /** Wait for nothing any more. */
  forget(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.asked = undefined;
  }

  private async fetch(text: string): Promise<void> {
    const asked = (this.asked = new AbortController());
    const found = await ask(text, asked.signal).catch(() => []);
    if (asked === this.asked) this.show(found);
  }
}
