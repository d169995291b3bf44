// The command palette: pages, actions, and models that the server finds. Fetched with its list when it is first opened.
import { meta, part } from "./site/dom";
import { Options } from "./site/options";
import { note, recent, type Chosen } from "./site/recent";
import { Suggested } from "./site/suggested";

type Perform = (name: string) => boolean;

let palette: Promise<Palette> | undefined; // on its way as well: asked for twice meanwhile, it is still one

/** Return the palette, with its list; raises where that cannot be fetched. */
export async function fetched(perform: Perform): Promise<Palette> {
  palette ??= list().then((dialog) => new Palette(dialog, perform));
  try {
    return await palette;
  } catch (error) {
    palette = undefined;
    throw error;
  }
}

async function list(): Promise<HTMLDialogElement> {
  const headers = { "HX-Request": "true", "HX-Target": "dialog#palette" };
  const answer = await fetch(meta("commands")?.content ?? "", { headers });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const dialog = document.importNode(part(page, "#palette", HTMLDialogElement), true);
  document.body.append(dialog);
  return dialog;
}

const plain = (text: string): string => text.normalize("NFKC").toLowerCase().trim();

class Palette {
  private readonly input: HTMLInputElement;
  private readonly options: Options;
  private readonly suggested = new Suggested((found) => this.showFound(found));

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly perform: Perform,
  ) {
    this.input = part(dialog, "input", HTMLInputElement);
    this.options = new Options(this.input, part(dialog, "[role=listbox]", HTMLElement));
    this.input.addEventListener("input", this.onInput);
    this.input.addEventListener("compositionend", this.follow);
    this.input.addEventListener("keydown", this.onKey);
    dialog.addEventListener("click", this.onClick);
    dialog.addEventListener("close", () => this.suggested.forget());
    window.visualViewport?.addEventListener("resize", this.fit);
    this.forWho();
  }

  /** Open it with what was typed already, and do what that names where Enter followed. */
  open(typed: string, isEntered: boolean): void {
    if (this.dialog.open) return;
    this.input.value = typed;
    this.fit();
    this.dialog.showModal();
    this.input.focus();
    this.follow();
    if (isEntered) this.options.active?.click();
  }

  /** Stay above a phone's keyboard. */
  private fit = (): void => {
    this.dialog.style.setProperty("--seen", `${window.visualViewport?.height ?? window.innerHeight}px`);
  };

  /** Leave out what is for members alone, or for those who are none. */
  private forWho(): void {
    const other = meta("account") ? "visitor" : "member";
    for (const each of this.dialog.querySelectorAll(`[data-for=${other}]`)) each.remove();
    if (!document.querySelector("a[data-connect]")) this.dialog.querySelector("[data-do=sign-in]")?.remove();
  }

  private group(name: string): HTMLElement {
    return part(this.dialog, `[data-group=${name}]`, HTMLElement);
  }

  private onInput = (event: Event): void => {
    if (!(event as InputEvent).isComposing) this.follow();
  };

  /** Show what fits what is typed: our own entries at once, the server's below them as soon as they come. */
  private follow = (): void => {
    const text = plain(this.input.value);
    this.showRecent(text === "" ? recent() : []);
    for (const name of ["pages", "actions"]) this.narrow(this.group(name), text);
    this.showSearch(text);
    if (text === "") this.showFound([]);
    this.suggested.follow(this.input.value);
    this.settle();
  };

  /** The first is active, so that Enter does what is most likely meant. */
  private settle(): void {
    this.options.expand(true);
    this.options.activate(this.options.all[0]);
    const count = this.options.all.length - (this.group("search").hidden ? 0 : 1);
    part(this.dialog, "[data-none]", HTMLElement).hidden = count > 0;
  }

  private narrow(group: HTMLElement, text: string): void {
    const words = text.split(/\s+/);
    for (const option of group.querySelectorAll<HTMLElement>("[role=option]")) {
      const known = plain(`${option.textContent} ${option.dataset["words"] ?? ""}`).split(/\s+/);
      option.hidden = !words.every((word) => known.some((each) => each.startsWith(word)));
    }
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  }

  private showSearch(text: string): void {
    const group = this.group("search");
    const link = part(group, "a", HTMLAnchorElement);
    group.hidden = text === "";
    part(link, "[data-text]", HTMLElement).textContent = this.input.value.trim();
    link.search = new URLSearchParams({ q: this.input.value.trim() }).toString();
  }

  private showRecent(chosen: Chosen[]): void {
    const options = chosen.map(({ label, href }) => {
      const option = part(part(this.dialog, "template", HTMLTemplateElement).content, "a", HTMLAnchorElement);
      const copy = option.cloneNode(true) as HTMLAnchorElement;
      copy.href = href;
      part(copy, ".what", HTMLElement).textContent = label;
      return copy;
    });
    this.fill(this.group("recent"), options);
  }

  private showFound(found: HTMLAnchorElement[]): void {
    const active = this.options.active;
    this.fill(this.group("models"), found.filter((each) => each.dataset["kind"] === "model"));
    const others = found.filter((each) => each.dataset["kind"] !== "model" && each.dataset["kind"] !== "words");
    this.fill(this.group("catalogue"), others);
    this.settle();
    if (active?.isConnected) this.options.activate(active); // an answer that comes late moves nobody
  }

  private fill(group: HTMLElement, options: HTMLElement[]): void {
    part(group, "[data-options]", HTMLElement).replaceChildren(...options);
    group.hidden = options.length === 0;
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || event.altKey) return;
    const all = this.options.all;
    const act: Record<string, () => void> = {
      ArrowDown: () => this.options.move(1),
      ArrowUp: () => this.options.move(-1),
      Home: () => this.options.activate(all[0]),
      End: () => this.options.activate(all.at(-1)),
      Enter: () => this.options.active?.dispatchEvent(new MouseEvent("click", { ...keysOf(event), bubbles: true, cancelable: true })),
    };
    const [found, shifted] = [act[event.key], event.shiftKey && event.key !== "Enter"];
    if (!found || shifted) return;
    event.preventDefault();
    found();
  };

  private onClick = (event: MouseEvent): void => {
    const target = event.target as Element;
    if (target === this.dialog || target.closest("[data-close]")) return this.dialog.close();
    const option = target.closest<HTMLElement>("[role=option]");
    if (!option) return;
    if (!event.ctrlKey && !event.metaKey) this.dialog.close();
    if (option.dataset["do"]) this.perform(option.dataset["do"]);
    else if (option instanceof HTMLAnchorElement) note({ label: labelOf(option), href: option.pathname + option.search });
  };
}

const keysOf = ({ ctrlKey, metaKey, shiftKey }: KeyboardEvent): MouseEventInit => ({ ctrlKey, metaKey, shiftKey });

const labelOf = (option: Element): string =>
  (option.querySelector(".what")?.textContent ?? "").replace(/\s+/g, " ").trim();
