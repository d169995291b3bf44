// What can go wrong between a page and a wallet, by name. The sentences stand translated in the page's #wallet-texts.
import { codes, layers, read, revertReason, texts } from "./layers";

export type Code =
  | "cancelled"
  | "pending"
  | "wrong-chain"
  | "disconnected"
  | "no-account"
  | "other-account"
  | "asked-before" // not a failure: what to know while the wallet asks on
  | "not-noted"
  | "not-signed-in"
  | "reverted" // by a contract that gave a reason
  | "reverted-silently"
  | "too-little"
  | "refused"
  | "unreachable";

export class WalletError extends Error {
  constructor(
    readonly code: Code,
    readonly detail = "",
    readonly data?: unknown,
  ) {
    super(detail || code);
  }
}

/** What our server refused, in its own sentence. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

// EIP-1193 and EIP-1474; 5000 is how wallets on the phone say that the person declined. The first that is found counts.
const meanings: [Code, number[]][] = [
  ["cancelled", [4001, 5000]],
  ["pending", [-32002]],
  ["wrong-chain", [4902]],
  ["disconnected", [4900, 4901]],
  ["no-account", [4100]],
];

// How wallets say it without a code, or under one that says nothing
const words: [Code, RegExp][] = [
  ["cancelled", /\b(user|person|signer)\b.{0,12}\b(reject|den[iy]|cancel|declin|disapprov|clos)/i],
  ["cancelled", /\b(reject|deni|cancel|declin|clos)\w*\b.{0,12}\bby (the )?(user|person|signer)\b/i],
  ["cancelled", /\b(popup|window|modal)\b.{0,8}\bclosed\b/i],
  ["cancelled", /^((request|transaction|signature) (was )?)?(rejected|denied|cancell?ed|declined)\.?$/i],
  ["cancelled", /^(action_rejected|user_?rejected\w*)$/i],
  ["pending", /\balready (pending|processing|open)\b/i],
  ["wrong-chain", /\b(unrecognized|unknown|unsupported) chain\b/i],
  ["disconnected", /\b(wallet|provider|account)\b.{0,12}\b(disconnected|not connected|locked)\b/i],
  ["no-account", /\bnot been authorized by the user\b/i],
  ["too-little", /\binsufficient (funds|balance)\b/i],
];

/** Whether the wallet gave this code, wherever in what it threw that stands. */
export const hasCode = (error: unknown, code: number): boolean => codes(error).includes(code);

/** Whether the wallet does not know the chain that it is to switch to. */
export const isUnknownChain = (error: unknown): boolean => asWalletError(error).code === "wrong-chain";

export function asWalletError(error: unknown): WalletError | Problem {
  const own = [...layers(error)].find((layer) => layer instanceof WalletError || layer instanceof Problem);
  if (own) return own;
  const given = codes(error);
  const meant = meanings.find(([, numbers]) => numbers.some((number) => given.includes(number)))?.[0];
  if (meant) return new WalletError(meant, spokenBy(error), error);
  // the words of a contract are anybody's: they do not speak for the wallet
  const reason = revertReason(error);
  if (reason !== undefined) return new WalletError(reason ? "reverted" : "reverted-silently", reason, error);
  const said = texts(error);
  const told = words.find(([, pattern]) => said.some((text) => pattern.test(text)))?.[0];
  return new WalletError(told ?? "refused", spokenBy(error), error);
}

/** The first text that the error has for people, shortened; for logs, and where the page has no sentence. */
function spokenBy(error: unknown): string {
  const text = typeof error === "string" ? error : (read(error, "shortMessage") ?? read(error, "message"));
  return typeof text === "string" ? text.slice(0, 300) : "";
}

/** One sentence for the person. */
export function explain(error: unknown): string {
  const known = asWalletError(error);
  if (known instanceof Problem) return known.message;
  const sentences = document.getElementById("wallet-texts") as HTMLTemplateElement | null;
  const sentence = sentences?.content.querySelector(`[data-text="${known.code}"]`)?.cloneNode(true) as Element | undefined;
  const place = sentence?.querySelector("[data-reason]");
  if (place) place.textContent = known.detail;
  return sentence?.textContent?.trim() || known.message;
}
