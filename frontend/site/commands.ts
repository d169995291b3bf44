// What the keys, the buttons of the header and the palette have the page do, by name. The palette's own script and its
// list are fetched when it is first opened.
import { Ahead } from "./ahead";
import { copy } from "./copy";
import { meta } from "./dom";
import { forgetAll, keepFor } from "./recent";
import { nextTheme } from "./theme";

const click = (selector: string): void => document.querySelector<HTMLElement>(selector)?.click();

const commands: Record<string, () => unknown> = {
  palette: openPalette,
  search: () => document.querySelector<HTMLElement>("#search, main input[type=search][name=q]")?.focus(),
  theme: nextTheme,
  help: () => document.querySelector<HTMLDialogElement>("keyboard-map dialog")?.showModal(),
  "copy-address": () => copy(location.href),
  print: () => window.print(),
  "sign-in": () => click("a[data-connect]"),
  "sign-out": () => signOutForm()?.requestSubmit(),
};

const signOutForm = (): HTMLFormElement | null => document.querySelector(".menu form[data-sign-out]");

/** Do what stands under this name; false if nothing does. */
export function perform(name: string): boolean {
  const command = commands[name];
  command?.();
  return command !== undefined;
}

let ahead: Ahead | undefined; // while the palette is fetched

/** Fetch the palette, once, and open it with what was typed meanwhile; where that fails, the page of all commands takes
 * its place. */
async function openPalette(): Promise<void> {
  const about = meta("commands");
  if (!about || (ahead && !ahead.isLeft) || document.querySelector("dialog[open]")) return;
  const own = new Ahead(about.dataset["name"] ?? "");
  ahead = own;
  try {
    const { fetched } = (await import(about.dataset["script"] ?? "")) as typeof import("../palette");
    const palette = await fetched(perform);
    const typed = await own.taken();
    if (typed) palette.open(typed.text, typed.isEntered);
  } catch {
    location.assign(about.content);
  } finally {
    if (ahead === own) ahead = undefined; // it may have been left, and asked for again
  }
}

/** A button that does what its data-do names. It is shown only where there is a script to do it. */
class PageCommand extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("button")?.addEventListener("click", () => perform(this.dataset["do"] ?? ""));
  }
}

customElements.define("page-command", PageCommand);

document.addEventListener("keydown", (event) => {
  const asked = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  if (!asked || event.isComposing) return;
  event.preventDefault();
  perform("palette");
});

keepFor(meta("account")?.content ?? "");
document.addEventListener("submit", (event) => (event.target as Element).matches("[data-sign-out]") && forgetAll());
