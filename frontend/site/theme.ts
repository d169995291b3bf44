// The theme: as the system, light or dark. The server reads the cookie, so that a page never flashes.
type Theme = "system" | "light" | "dark";

const after: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const year = 31_536_000;

function current(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

function choose(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  const value = theme === "system" ? "light dark" : theme;
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", value);
  const age = theme === "system" ? 0 : year;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

/** A button that cycles system, light, dark. Its data attributes hold the translated label of each state. */
class ThemeSwitch extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("button")?.addEventListener("click", this.next);
    this.show();
  }

  next = (): void => {
    choose(after[current()]);
    this.show();
  };

  private show(): void {
    const theme = current();
    for (const icon of this.querySelectorAll<HTMLElement>("[data-icon]")) icon.hidden = icon.dataset["icon"] !== theme;
    const button = this.querySelector("button");
    button?.setAttribute("aria-label", this.dataset[theme] ?? "");
    button?.setAttribute("data-tip", this.dataset[theme] ?? "");
  }
}

customElements.define("theme-switch", ThemeSwitch);

export function nextTheme(): void {
  document.querySelector<ThemeSwitch>("theme-switch")?.next();
}
