// <draft-form>: a step of the wizard keeps itself while one types. Each field goes with what it stood on, so that two
// devices on one draft change different fields freely, and where both changed the same one, both values are shown.
import { changed, put, said, type Said } from "./fields";
import { forget, keep, recall } from "./kept";
import { text, token } from "./texts";

const pause = 700; // ms after the last key
const again = [2_000, 4_000, 8_000, 15_000, 30_000]; // ms between attempts while the line is away

interface Answer {
  revision: number;
  values: Record<string, string>; // of the whole step, as the server has it now
  conflicts: { name: string; theirs: string }[];
  faults: Record<string, string>;
  parts: Record<string, string>; // by id: what else of the page is new
}

class DraftForm extends HTMLElement {
  private base: Said = new Map(); // as the server has it
  private timer = 0;
  private tries = 0;
  private saving: Promise<boolean> | undefined;
  private savedAt = 0;
  private readonly open = new Map<string, string>(); // conflicts: what the other device wrote

  connectedCallback(): void {
    this.base = said(this.form);
    this.savedAt = Date.now() - Number(this.dataset["ago"] ?? 0) * 1_000;
    this.restore();
    this.form.addEventListener("input", this.onInput);
    this.form.addEventListener("change", this.onInput);
    this.form.addEventListener("rows:changed", this.onInput);
    this.form.addEventListener("submit", this.onSubmit);
    this.addEventListener("click", this.onClick);
    document.addEventListener("visibilitychange", this.onHide);
    window.addEventListener("online", this.onOnline);
    setInterval(() => this.tellSaved(), 5_000);
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.onHide);
    window.removeEventListener("online", this.onOnline);
  }

  private get form(): HTMLFormElement {
    return this.querySelector("form") as HTMLFormElement;
  }

  private get place(): string {
    return `${this.dataset["draft"]}:${this.dataset["step"]}`;
  }

  private get mine(): Said {
    return new Map([...changed(said(this.form), this.base)].filter(([name]) => !this.open.has(name)));
  }

  /** What an earlier page could not send goes on from where it stood. */
  private restore(): void {
    const found = recall(this.place);
    if (!found) return;
    for (const [name, value] of found.now) {
      if (this.base.has(name) && this.base.get(name) !== value) {
        put(this.form, name, value);
        this.base.set(name, found.base.get(name) ?? "");
      }
    }
    void this.save();
  }

  private onInput = (event: Event): void => {
    if (event.target instanceof HTMLInputElement && event.target.type === "file") return;
    this.wait(pause);
  };

  private onHide = (): void => {
    if (document.hidden && this.mine.size > 0) void this.save(true);
  };

  private onOnline = (): void => this.wait(0);

  private wait(time: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), time);
  }

  /** Keep what is new; resolves to whether all of it is kept. */
  private async save(isLeaving = false): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.saving) {
      await this.saving;
      return this.save(isLeaving); // of several that waited, another may have gone first
    }
    const mine = this.mine;
    if (mine.size === 0) {
      forget(this.place);
      return this.open.size === 0;
    }
    this.saving = this.send(mine, isLeaving);
    const isKept = await this.saving;
    this.saving = undefined;
    return isKept && this.open.size === 0;
  }

  private async send(mine: Said, isLeaving: boolean): Promise<boolean> {
    keep(this.place, mine, this.base);
    this.tell(text(this, "saving"));
    const fields = Object.fromEntries([...mine].map(([name, now]) => [name, { was: this.base.get(name) ?? "", now }]));
    const body = new URLSearchParams({ fields: JSON.stringify(fields) });
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    const answer = await fetch(this.dataset["save"] ?? "", { method: "POST", body, headers, keepalive: isLeaving && String(body).length < 60_000 }).catch(
      () => undefined,
    );
    if (!answer || answer.status >= 500 || answer.status === 429) return this.away();
    const told = (await answer.json().catch(() => ({}))) as Answer & { detail?: string };
    if (!answer.ok) {
      this.tell(told.detail ?? text(this, "refused"), true);
      return false;
    }
    this.tries = 0;
    this.take(told, mine);
    return true;
  }

  private away(): boolean {
    this.tell(text(this, "offline"), true);
    this.wait(again[Math.min(this.tries++, again.length - 1)] ?? pause);
    return false;
  }

  /** Take over what the server has; what was typed meanwhile stays, and goes with the next save. */
  private take(answer: Answer, sent: Said): void {
    const now = said(this.form);
    for (const { name, theirs } of answer.conflicts) this.open.set(name, theirs);
    for (const [name, value] of Object.entries(answer.values)) {
      const typed = now.get(name) ?? "";
      const isMine = sent.has(name) ? typed !== sent.get(name) : typed !== (this.base.get(name) ?? "");
      const isTheirs = !this.open.has(name) && !isMine && !sent.has(name);
      if (isTheirs && typed !== value) put(this.form, name, value);
      if (isTheirs) this.base.set(name, said(this.form).get(name) ?? value);
      else this.base.set(name, sent.has(name) && !this.open.has(name) ? (sent.get(name) ?? "") : value);
    }
    this.savedAt = Date.now();
    this.tellSaved();
    this.tellFaults(answer.faults);
    this.showConflicts();
    for (const [id, html] of Object.entries(answer.parts)) replace(id, html);
    if (this.mine.size > 0) this.wait(pause);
    else forget(this.place);
  }

  private tell(said_: string, isBad = false): void {
    for (const each of document.querySelectorAll<HTMLElement>("[data-saved]")) {
      each.textContent = said_;
      each.classList.toggle("bad", isBad);
    }
  }

  private tellSaved(): void {
    if (this.mine.size > 0 || this.saving || !this.savedAt) return;
    const seconds = Math.round((Date.now() - this.savedAt) / 1_000);
    if (seconds < 5) this.tell(text(this, "saved-now"));
    else if (seconds < 60) this.tell(text(this, "saved-seconds", { n: 5 * Math.floor(seconds / 5) }));
    else if (seconds < 3_600) this.tell(text(this, "saved-minutes", { n: Math.floor(seconds / 60) }));
    else this.tell(text(this, "saved-hours", { n: Math.floor(seconds / 3_600) }));
  }

  private tellFaults(faults: Record<string, string>): void {
    for (const place of this.querySelectorAll<HTMLElement>("[data-fault]")) {
      const name = place.dataset["fault"] ?? "";
      const fault = faults[name] ?? "";
      if (place.textContent !== fault) place.textContent = fault;
      place.hidden = fault === "";
      for (const each of this.form.querySelectorAll(`[name="${name}"]`)) each.toggleAttribute("aria-invalid", fault !== "");
    }
  }

  private showConflicts(): void {
    const place = this.querySelector<HTMLElement>("[data-conflicts]");
    const template = this.querySelector<HTMLTemplateElement>("template[data-conflict]");
    if (!place || !template) return;
    place.hidden = this.open.size === 0;
    const now = said(this.form);
    place.replaceChildren(
      ...[...this.open].map(([name, theirs]) => {
        const copy = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
        const label = this.form.querySelector(`label[for="f-${name}"], [data-label-of="${name}"]`)?.textContent?.trim();
        const fill = (selector: string, value: string): void => {
          const found = copy.querySelector(selector);
          if (found) found.textContent = value;
        };
        copy.dataset["name"] = name;
        fill("[data-label]", label ?? name);
        fill("[data-theirs]", theirs || "–");
        fill("[data-mine]", now.get(name) || "–");
        return copy;
      }),
    );
  }

  private onClick = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-keep]") : null;
    const name = button?.closest<HTMLElement>("[data-name]")?.dataset["name"];
    if (!button || name === undefined) return;
    const theirs = this.open.get(name) ?? "";
    this.open.delete(name);
    if (button.dataset["keep"] === "theirs") put(this.form, name, theirs);
    this.base.set(name, theirs);
    this.showConflicts();
    document.getElementById(`f-${name}`)?.focus();
    void this.save();
  };

  /** Going on waits until all is kept; what cannot be kept holds it here, where it is said. */
  private onSubmit = (event: SubmitEvent): void => {
    const button = event.submitter;
    if (!button || button.hasAttribute("formaction") || button.closest("[data-plain]")) return;
    event.preventDefault();
    void this.goOn(button.dataset["goes"] ?? "");
  };

  private async goOn(next: string): Promise<void> {
    if ((await this.save()) && next) location.assign(next);
  }
}

/** Put a part of the page in the place of what stands there; the server made it. */
function replace(id: string, html: string): void {
  const standing = document.getElementById(id);
  const made = new DOMParser().parseFromString(html, "text/html").getElementById(id);
  if (!standing || !made || standing.outerHTML === made.outerHTML) return;
  for (const details of standing.querySelectorAll<HTMLDetailsElement>("details[open]")) {
    const same = details.id ? made.querySelector(`#${details.id}`) : null;
    same?.setAttribute("open", "");
  }
  standing.replaceWith(document.importNode(made, true));
}

customElements.define("draft-form", DraftForm);
