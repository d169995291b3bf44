// Several calls that a wallet sends as one, or not at all (EIP-5792). What it reports is a hint: the chain decides.
import { type Address, type Hex, numberToHex } from "viem";
import { amountOf } from "./amounts";
import { asWalletError, hasCode, WalletError } from "./errors";

export interface Call {
  to: Address;
  data: Hex;
  value: string; // wei, as JSON carries it
}

export interface Batch {
  calls: readonly Call[];
  chainId: number;
  id: Hex; // by which a wallet tells a second one like it
}

interface Receipt {
  transactionHash: Hex;
  status: Hex;
  logs?: readonly { topics?: readonly Hex[] }[];
}

interface Status {
  status: number;
  receipts?: readonly Receipt[];
}

/** What a wallet says of a batch: on its way, with a transaction, or never to come. */
export type Standing = { is: "waiting" } | { is: "sent"; hash: Hex; whole: boolean } | { is: "nothing" };

/** Anything that answers as a wallet does (EIP-1193). */
export interface Asked {
  request(asked: { method: string; params: unknown[] }): Promise<unknown>;
}

const patience = 3000; // ms for a wallet to say what it can do: some never answer what they do not know
const duplicate = 5720;
const unknown = 5730;
const unable = [-32601, -32602, 4200, 5700, 5710, 5740, 5750, 5760]; // it can't after all, or won't as one

/** Whether the wallet sends several calls of an account as one on the chain. A wallet that does not say so does not. */
export async function batches(wallet: Asked, account: Address, chainId: number): Promise<boolean> {
  const chain = numberToHex(chainId);
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience));
  const asked = wallet.request({ method: "wallet_getCapabilities", params: [account, [chain]] }).catch(() => undefined);
  const said = (await Promise.race([asked, late])) as Record<string, { atomic?: { status?: string } }> | undefined;
  const status = (said?.[chain] ?? said?.["0x0"])?.atomic?.status;
  return status === "supported" || status === "ready";
}

/** Have the wallet send a batch; returns its id, or nothing where the wallet can't and has sent nothing. */
export async function sendBatch(wallet: Asked, from: Address, batch: Batch): Promise<string | undefined> {
  const calls = batch.calls.map((call) => ({ ...call, value: numberToHex(amountOf(call.value)) }));
  const request = { version: "2.0.0", id: batch.id, from, chainId: numberToHex(batch.chainId), atomicRequired: true, calls };
  try {
    const said = await wallet.request({ method: "wallet_sendCalls", params: [request] });
    return typeof said === "string" ? said : ((said as { id?: string } | undefined)?.id ?? batch.id);
  } catch (error) {
    return afterRefusal(wallet, batch, error);
  }
}

/** A person's no is thrown. What may have been sent all the same is looked for by its name before another way is tried. */
async function afterRefusal(wallet: Asked, { id }: Batch, error: unknown): Promise<string | undefined> {
  if (hasCode(error, duplicate)) return (await batchStatus(wallet, id)).is === "nothing" ? undefined : id;
  if (unable.some((code) => hasCode(error, code))) return undefined;
  const known = asWalletError(error);
  if (known.code === "cancelled" || known.code === "pending") throw known;
  const found = await batchStatus(wallet, id).catch(() => {
    throw known; // nobody can say whether it was sent
  });
  return found.is === "nothing" ? undefined : id;
}

/** Where a batch stands. `topic` is one of the event by which it pays. */
export async function batchStatus(wallet: Asked, id: string, topic: string = id): Promise<Standing> {
  try {
    const said = (await wallet.request({ method: "wallet_getCallsStatus", params: [id] })) as Status;
    return standingOf(said, topic);
  } catch (error) {
    if (hasCode(error, unknown)) return { is: "nothing" };
    throw error;
  }
}

/** 100: waiting. 200: done. 400: not on the chain, and not to come. 500: reverted. 600: done in part. */
export function standingOf({ status, receipts = [] }: Status, topic: string): Standing {
  if (status < 200) return { is: "waiting" };
  const paying = receipts.find((each) => each.logs?.some((log) => log.topics?.includes(topic as Hex)));
  const failed = receipts.find((each) => Number(each.status) === 0);
  const told = paying ?? failed ?? receipts.at(-1);
  if (!told) {
    if (status >= 400) return { is: "nothing" };
    throw new WalletError("refused", "The wallet names no transaction.");
  }
  return { is: "sent", hash: told.transactionHash, whole: status !== 600 };
}
