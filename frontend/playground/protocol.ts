// What a playground and the server say to each other, and how long they wait for it.
import type { Turn } from "./turns";

export interface Allowance {
  left: number;
  filled: number;
  sentence: string;
}
/** What the server says. */
export interface Said {
  type: "ready" | "queued" | "text" | "done" | "error";
  place?: number;
  text?: string;
  html?: string;
  code?: string;
  detail?: string;
  stopped?: boolean;
  tokens?: number;
  prompt_tokens?: number;
  paid_by?: string;
  proof?: string;
  first_token_ms?: number | null;
  tokens_per_second?: number | null;
  allowance?: Allowance;
}

/** A question on its way; whoever hears of it may set how the answer is to be. */
export interface Asking {
  type: "ask";
  messages: Pick<Turn, "role" | "content">[];
  settings?: Record<string, unknown>;
}

export const paint = 40; // ms between two additions to the page
export const askAgain = 3000; // ms, while the model warms up
export const patience = 5000; // ms that the server has to end an answer that was stopped
export const signedOut = 4401; // the close code at the end of a session
export const refusals = new Set([1003, 1007, 1009, 4404, 4429]); // close codes after which trying again is no use
