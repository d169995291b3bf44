// The turns of a conversation, and their elements in the page: one element a turn, in one order.
import { part } from "../site/dom";

export interface Turn {
  role: "user" | "assistant";
  content: string;
  proof?: string; // the server's word that the answer is its own
}

/** A turn that was kept, with the server's safe HTML of an answer and what was measured of it. */
export interface Past extends Turn {
  html?: string;
  tokens?: number;
  first_token_ms?: number | null;
  paid_by?: string;
  stopped?: boolean;
  settings?: Record<string, unknown>;
}

export class Turns {
  readonly said: Turn[] = [];

  constructor(
    private readonly list: HTMLElement,
    private readonly form: HTMLTemplateElement,
    private readonly names: Record<Turn["role"], string>,
  ) {}

  /** Put an empty turn at the end of the page; return the element of its text. */
  show(role: Turn["role"]): HTMLElement {
    const copy = this.form.content.cloneNode(true) as DocumentFragment;
    const [turn, said] = [part(copy, ".turn", HTMLElement), part(copy, ".said", HTMLElement)];
    turn.classList.toggle("answer", role === "assistant");
    part(turn, ".who", HTMLElement).textContent = this.names[role];
    this.list.append(turn);
    said.classList.add("raw");
    return said;
  }

  /** Show a turn that was said before. */
  tell(turn: Turn): void {
    this.said.push(turn);
    this.show(turn.role).textContent = turn.content;
  }

  /** Which turn an element stands in; -1 for none. */
  placeOf(element: Element): number {
    const turn = element.closest(".turn");
    return turn ? [...this.list.children].indexOf(turn) : -1;
  }

  /** Take back a turn and all that came after it, in the page as well; return the first. */
  cut(place: number): Turn | undefined {
    for (const each of [...this.list.children].slice(place)) each.remove();
    return this.said.splice(place)[0];
  }
}
