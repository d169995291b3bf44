// <model-uploader>: files and folders of a model are dropped or chosen, and sent a few at a time.
import { bytes, duration, Pace } from "./publish/pace";
import { chosen, dropped, type Found, isSkipped, refusalOf } from "./publish/paths";
import { Queue } from "./publish/queue";
import { Sending, type Sender, wasSent } from "./publish/sending";
import { text, token } from "./publish/texts";
import { part } from "./site/dom";

const quiet = 10_000; // ms between two things that are read out
const drawn = 200; // ms between two drawings of the figures

class ModelUploader extends HTMLElement implements Sender {
  private readonly queue = new Queue<Sending>(() => this.draw());
  private readonly rows = new Map<Sending, HTMLElement>();
  private readonly pace = new Pace();
  private told = 0;
  private drawing = 0;
  private done = { files: 0, bytes: 0 }; // of those whose row is gone

  connectedCallback(): void {
    for (const input of this.querySelectorAll<HTMLInputElement>("input[type=file]")) input.addEventListener("change", () => this.onChosen(input));
    for (const name of ["dragenter", "dragover", "dragleave", "drop"] as const) this.addEventListener(name, this.onDrag);
    this.addEventListener("click", this.onClick);
    window.addEventListener("beforeunload", this.onLeave);
    document.addEventListener("htmx:after:swap", this.onSwapped);
  }

  disconnectedCallback(): void {
    window.removeEventListener("beforeunload", this.onLeave);
    document.removeEventListener("htmx:after:swap", this.onSwapped);
    this.queue.pauseAll();
  }

  get draft(): string {
    return this.dataset["draft"] ?? "";
  }

  get endpoint(): string {
    return this.dataset["uploads"] ?? "";
  }

  get token(): string {
    return token();
  }

  async attach(job: Sending, id: string): Promise<void> {
    const body = new URLSearchParams({ do: "attach", path: job.path, upload: id });
    const headers = { Accept: "application/json", "X-CSRFToken": this.token };
    const answer = await fetch(this.dataset["attach"] ?? "", { method: "POST", body, headers });
    if (answer.ok) return;
    const said = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(said.detail ?? "");
  }

  changed(): void {
    if (!this.drawing) this.drawing = window.setTimeout(() => this.draw(), drawn);
  }

  ended(job: Sending, state: "failed" | "done"): void {
    if (!this.queue.jobs.has(job)) return;
    this.queue.ended(job, state);
    if (state === "done") this.settle(job);
    const name = state === "done" ? "arrived" : "stopped";
    this.announce(text(this, name, { name: job.path }), state === "failed" || !this.queue.isBusy);
  }

  /** What is here stands in the server's list: its row goes. */
  private settle(job: Sending): void {
    this.done = { files: this.done.files + 1, bytes: this.done.bytes + job.size };
    this.queue.remove(job);
    this.rows.get(job)?.remove();
    this.rows.delete(job);
    this.look();
  }

  private look(): void {
    this.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  }

  private onSwapped = (): void => this.draw();

  private onLeave = (event: BeforeUnloadEvent): void => {
    if (this.queue.isBusy) event.preventDefault();
  };

  private onChosen(input: HTMLInputElement): void {
    this.take(chosen(input));
    input.value = ""; // so that the same can be chosen again
  }

  private onDrag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.toggleAttribute("data-over", event.type === "dragenter" || event.type === "dragover");
    if (event.type === "drop") void dropped(event.dataTransfer).then((found) => this.take(found));
  };

  private take(found: Found[]): void {
    const said: string[] = [];
    const here = new Set(this.queue.in("failed").map((job) => job.path));
    let [skipped, already] = [0, 0];
    for (const each of found) {
      const known = [...this.queue.jobs].find((job) => job.path === each.path);
      if (isSkipped(each.path)) skipped++;
      else if (refusalOf(each.path)) said.push(text(this, `refused-${refusalOf(each.path)}`, { name: each.path }));
      else if (this.has(each)) already++;
      else if (known && !here.has(each.path)) said.push(text(this, "twice", { name: each.path }));
      else this.send(each, known);
    }
    if (skipped) said.push(text(this, "skipped", { n: skipped }));
    if (already) said.push(text(this, "known", { n: already }));
    this.tell(said);
    this.draw();
  }

  /** Whether the draft has it already: what was sent from here before, and is still in its list. */
  private has(found: Found): boolean {
    const rows = [...document.querySelectorAll<HTMLElement>("[data-here]")];
    return rows.some((row) => row.dataset["here"] === found.path) && wasSent(this.draft, found);
  }

  private send(found: Found, failed?: Sending): void {
    if (failed) this.drop(failed);
    const job = new Sending(found, this);
    const row = part(this, "template[data-row]", HTMLTemplateElement).content.firstElementChild?.cloneNode(true) as HTMLElement;
    part(row, "[data-name]", HTMLElement).textContent = found.path;
    part(row, "[data-size]", HTMLElement).textContent = bytes(found.file.size);
    for (const button of row.querySelectorAll("button")) button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${found.path}`);
    part(this, "[data-list]", HTMLElement).append(row);
    this.rows.set(job, row);
    this.queue.add(job);
  }

  private drop(job: Sending): void {
    this.queue.remove(job);
    this.rows.get(job)?.remove();
    this.rows.delete(job);
  }

  private onClick = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-do]") : null;
    if (!button) return;
    const wanted = button.dataset["do"];
    if (wanted === "pause-all") this.queue.pauseAll();
    if (wanted === "resume-all") this.queue.resumeAll();
    const job = [...this.rows].find(([, row]) => row.contains(button))?.[0];
    if (!job) return;
    if (wanted === "pause") this.queue.pause(job);
    if (wanted === "resume") this.queue.resume(job);
    if (wanted === "remove") this.discard(job);
    else this.rows.get(job)?.querySelector<HTMLElement>(`button[data-do=${wanted === "pause" ? "resume" : "pause"}]`)?.focus();
  };

  private discard(job: Sending): void {
    job.forget();
    const next = this.rows.get(job)?.nextElementSibling?.querySelector<HTMLElement>("button:not([hidden])");
    this.drop(job);
    this.announce(text(this, "removed", { name: job.path }), true);
    (next ?? part(this, "[data-drop] label", HTMLElement).querySelector("input") ?? this).focus();
    void this.forget(job).then(() => this.look());
  }

  private async forget(job: Sending): Promise<void> {
    const body = new URLSearchParams({ do: "remove", path: job.path });
    const headers = { Accept: "application/json", "X-CSRFToken": this.token };
    await fetch(this.dataset["attach"] ?? "", { method: "POST", body, headers }).catch(() => undefined);
  }

  private tell(said: string[]): void {
    const place = part(this, "[data-told]", HTMLElement);
    place.replaceChildren(
      ...said.map((each) => {
        const line = document.createElement("li");
        line.textContent = each;
        return line;
      }),
    );
    place.hidden = said.length === 0;
    if (said.length > 0) this.announce(said.slice(0, 3).join(" "), true);
  }

  /** Read out, but seldom: who listens wants to work meanwhile. */
  private announce(said: string, isPressing = false): void {
    if (!isPressing && performance.now() - this.told < quiet) return;
    this.told = performance.now();
    part(this, "[data-announced]", HTMLElement).textContent = said;
  }

  private draw(): void {
    clearTimeout(this.drawing);
    this.drawing = 0;
    for (const [job, row] of this.rows) this.drawRow(job, row);
    const here = new Set([...this.queue.jobs].map((job) => job.path));
    for (const row of document.querySelectorAll<HTMLElement>("[data-coming]")) row.hidden = here.has(row.dataset["coming"] ?? ""); // it stands here
    this.drawAll();
  }

  private drawRow(job: Sending, row: HTMLElement): void {
    row.dataset["state"] = job.state;
    const bar = part(row, "progress", HTMLProgressElement);
    bar.max = Math.max(job.size, 1);
    bar.value = job.sent;
    part(row, "[data-state]", HTMLElement).textContent = this.stateOf(job);
    for (const button of row.querySelectorAll<HTMLButtonElement>("button[data-do]")) button.hidden = !shows(button.dataset["do"] ?? "", job);
  }

  private stateOf(job: Sending): string {
    if (job.state === "failed") return job.why || text(this, "away");
    const values = { done: bytes(job.sent), of: bytes(job.size), speed: bytes(job.pace.speed), left: duration(job.pace.left(job.size - job.sent) ?? 0) };
    if (job.state === "running" && job.sent >= job.size && job.size > 0) return text(this, "hashing", values);
    return text(this, job.state === "running" && job.pace.speed === 0 ? "starting" : job.state, values);
  }

  private drawAll(): void {
    const jobs = [...this.queue.jobs];
    const all = part(this, "[data-all]", HTMLElement);
    all.hidden = jobs.length === 0;
    if (jobs.length === 0) {
      this.done = { files: 0, bytes: 0 };
      this.pace.forget();
      return;
    }
    const sum = (of: (job: Sending) => number): number => jobs.reduce((total, job) => total + of(job), 0);
    const [sent, size] = [sum((job) => job.sent) + this.done.bytes, sum((job) => job.size) + this.done.bytes];
    this.pace.note(sent);
    const bar = part(all, "progress", HTMLProgressElement);
    bar.max = Math.max(size, 1);
    bar.value = sent;
    const values = { files: this.done.files, all: jobs.length + this.done.files, done: bytes(sent), of: bytes(size) };
    const left = this.pace.left(size - sent);
    const pace = this.queue.isBusy && left !== undefined ? text(this, "pace", { speed: bytes(this.pace.speed), left: duration(left) }) : "";
    const said = text(this, "all", values);
    part(all, "[data-sum]", HTMLElement).textContent = [said, pace].filter(Boolean).join(" · ");
    part(all, "[data-do=pause-all]", HTMLElement).hidden = !this.queue.isBusy;
    part(all, "[data-do=resume-all]", HTMLElement).hidden = this.queue.in("paused").length + this.queue.in("failed").length === 0;
    this.announce(said);
  }
}

function shows(wanted: string, job: Sending): boolean {
  if (wanted === "pause") return job.state === "running" || job.state === "waiting";
  if (wanted === "resume") return job.state === "paused" || job.state === "failed";
  return true;
}

customElements.define("model-uploader", ModelUploader);
