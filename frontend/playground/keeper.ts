// Sends a conversation to its owner's history after each answer, where that is switched on; one request at a time.
import type { Turn } from "./turns";

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
  private over = false; // the server keeps this conversation no more
  private line: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly tell: Told,
  ) {}

  /** What is said from now on belongs to a conversation that is kept already, or else to a new one. */
  begin(id?: string): void {
    this.line = this.line.then(() => this.name(id));
  }

  private name(id?: string): void {
    this.id = id ?? fresh();
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
    const body = new URLSearchParams({ id: this.id, conversation, begins: this.begins ? "yes" : "" });
    const headers = { Accept: "application/json", "X-CSRFToken": this.token };
    const keepalive = body.toString().length < most;
    try {
      const answer = await fetch(this.url, { method: "POST", body, headers, keepalive });
      if (answer.ok) {
        this.begins = false;
        return this.tell("saved");
      }
      this.over = answer.status === 404 || answer.status === 409;
      const said = (await answer.json().catch(() => ({}))) as { detail?: string };
      this.tell("unsaved", said.detail);
    } catch {
      this.tell("unsaved");
    }
  }
}
