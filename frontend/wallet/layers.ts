// What a wallet threw, taken apart. Every wallet wraps what went wrong in a way of its own: under a cause, in the data
// of another error, as JSON inside a message. Nothing here trusts the shape of what it is given.
import { decodeErrorResult, type Hex, isHex } from "viem";

const inside = ["cause", "data", "error", "originalError", "innerError", "errors", "info", "details", "payload"] as const;
const spoken = ["reason", "shortMessage", "message"] as const;
const most = 200; // layers to look at: what refers to itself, or goes on for ever, ends here

/** A property of anything; what cannot be read is missing. */
export function read(value: unknown, name: string): unknown {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined; // a getter or a proxy of the wallet's that fails
  }
}

/** The error and all that it carries, nearest first, each object once. */
export function* layers(error: unknown): Generator {
  const [seen, waiting] = [new Set(), [error]];
  while (waiting.length > 0 && seen.size < most) {
    const layer = waiting.shift();
    if (layer === undefined || layer === null || seen.has(layer)) continue;
    seen.add(layer);
    yield layer;
    if (typeof layer === "string") waiting.push(...parsed(layer));
    else if (Array.isArray(layer)) waiting.push(...(layer.slice(0, most) as unknown[]));
    else waiting.push(...[...inside, ...spoken].map((name) => read(layer, name)));
  }
}

/** The object that stands as JSON in a text, if one does. */
function parsed(text: string): unknown[] {
  const [start, end] = [text.indexOf("{"), text.lastIndexOf("}")];
  if (start < 0 || end < start) return [];
  try {
    const found: unknown = JSON.parse(text.slice(start, end + 1));
    return [found, read(found, "value")]; // MetaMask has it under "value"
  } catch {
    return [];
  }
}

/** The numbers that the layers carry as their codes, nearest first. */
export function codes(error: unknown): number[] {
  const found = [...layers(error)].map((layer) => read(layer, "code"));
  return found
    .filter((code) => typeof code === "number" || (typeof code === "string" && /^-?\d+$/.test(code)))
    .map(Number);
}

/** All that the layers say in words: their texts, the names of their classes and codes that are words. */
export function texts(error: unknown): string[] {
  const found = [...layers(error)].flatMap((layer) =>
    typeof layer === "string" ? [layer] : [read(layer, "name"), read(layer, "code")],
  );
  return found.filter((text): text is string => typeof text === "string" && text !== "");
}

const panics: Record<number, string> = {
  0x01: "assertion failed",
  0x11: "arithmetic overflow",
  0x12: "division by zero",
  0x32: "index out of bounds",
};
const reverted = /(execution reverted|VM Exception while processing transaction: revert(ed)?)( with reason string)?|reverted with reason string/i;
const longest = 200; // characters of a contract's text that are shown

/** Why a contract refused, in its own words: empty if it gave none, undefined if no contract refused. */
export function revertReason(error: unknown): string | undefined {
  const all = [...layers(error)];
  const said = all.filter((layer) => typeof layer === "string");
  const data = said.map(decoded).find((reason) => reason !== undefined);
  if (data !== undefined) return data.slice(0, longest);
  const told = said.find((text) => reverted.test(text));
  if (told === undefined) return codes(error).includes(3) ? "" : undefined; // 3 is how nodes call a revert
  const reason = told.slice(told.search(reverted)).replace(reverted, "").split("\n")[0] ?? "";
  return reason.replace(/^[\s:'"]+|[\s'".]+$/g, "").slice(0, longest);
}

/** The reason in the data of a revert: Error(string) or Panic(uint256), the two that every contract may give. */
function decoded(text: string): string | undefined {
  if (!isHex(text) || !/^0x(08c379a0|4e487b71)/i.test(text)) return undefined;
  try {
    const { errorName, args } = decodeErrorResult({ data: text.toLowerCase() as Hex });
    if (errorName === "Error") return String(args?.[0]);
    return panics[Number(args?.[0])] ?? `panic ${String(args?.[0])}`;
  } catch {
    return ""; // cut off: it was refused, and the words are lost
  }
}
