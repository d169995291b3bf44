// Sends a conversation to its owner's history after each answer, where that is switched on; one request at a time.
import type { Turn } from "./turns";

type Answer = { id?: string; version?: number; detail?: string };
type Told = (ended: "saved" | "unsaved", sentence?: string) => void;
const most = 60_000; // bytes that a browser still sends while a page closes

/** A UUID by chance; the browser makes one by itself only where the page came over HTTPS. */
function fresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17)}`.replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");
}

export class Keeper {
  private id: string = fresh();
  private begins = true;
  private version?: number; // what this page knows of it; another page may have gone on with it meanwhile
  private over = false; // the server keeps this conversation no more
  private line: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly tell: Told,
  ) {}

  /** What is said from now on belongs to a conversation that is kept already, or else to a new one. */
  begin(id?: string, version?: number): void {
    this.line = this.line.then(() => this.name(id, version));
  }

  private name(id?: string, version?: number): void {
    this.id = id ?? fresh();
    this.version = version;
    this.begins = !id;
    this.over = false;
  }

  /** Keep a conversation as it is now. */
  keep(turns: readonly Turn[]): Promise<void> {
    const conversation = JSON.stringify(turns);
    this.line = this.line.then(() => (this.over ? undefined : this.send(conversation)));
    return this.line;
  }

  private async send(conversation: string): Promise<void> {
    const known = { id: this.id, begins: this.begins ? "yes" : "", version: String(this.version ?? "") };
    const body = new URLSearchParams({ ...known, conversation });
    const headers = { Accept: "application/json", "X-CSRFToken": this.token };
    const keepalive = body.toString().length < most;
    try {
      const answer = await fetch(this.url, { method: "POST", body, headers, keepalive });
      const said = (await answer.json().catch(() => ({}))) as Answer;
      if (answer.ok) {
        this.begins = false;
        this.goOn(said);
        return this.tell("saved", said.detail);
      }
      this.over = answer.status === 404 || answer.status === 409;
      this.tell("unsaved", said.detail);
    } catch {
      this.tell("unsaved");
    }
  }

  /** What is kept may be a conversation of its own now: a page that is loaded again shows that one. */
  private goOn(said: Answer): void {
    this.version = said.version;
    if (!said.id || said.id === this.id) return;
    const here = new URL(location.href);
    if (here.searchParams.get("past") === this.id) {
      here.searchParams.set("past", said.id);
      history.replaceState(history.state, "", here);
    }
    this.id = said.id;
  }
}
