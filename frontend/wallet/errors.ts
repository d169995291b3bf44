// What can go wrong between a page and a wallet, by name. The sentences stand translated in the page's #wallet-texts.
import { BaseError } from "viem";

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
  | "refused"
  | "unreachable";

export class WalletError extends Error {
  constructor(
    readonly code: Code,
    detail = "",
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

// EIP-1193 and EIP-1474; 5000 is how wallets on the phone say that the person declined
const codes: Record<number, Code> = {
  4001: "cancelled",
  5000: "cancelled",
  4100: "no-account",
  4900: "disconnected",
  4901: "disconnected",
  4902: "wrong-chain",
  [-32002]: "pending",
};

/** The code that the wallet gave, wherever in the chain of causes it stands. */
export function codeOf(error: unknown): number | undefined {
  const found = error instanceof BaseError ? error.walk((each) => "code" in (each as object)) : error;
  const { code, data } = (found ?? {}) as { code?: unknown; data?: { originalError?: { code?: number } } };
  return data?.originalError?.code ?? (typeof code === "number" ? code : undefined);
}

export function asWalletError(error: unknown): WalletError | Problem {
  if (error instanceof WalletError || error instanceof Problem) return error;
  const code = codes[codeOf(error) ?? 0] ?? "refused";
  return new WalletError(code, error instanceof BaseError ? error.shortMessage : String(error), error);
}

/** One sentence for the person. */
export function explain(error: unknown): string {
  const known = asWalletError(error);
  if (known instanceof Problem) return known.message;
  const texts = document.getElementById("wallet-texts") as HTMLTemplateElement | null;
  return texts?.content.querySelector(`[data-text="${known.code}"]`)?.textContent ?? known.message;
}
