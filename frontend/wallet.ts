// The wallet, for every script of the site. A bundle of its own: get it by `wallet()` of wallet-loader.ts, so that
// there is one of it in a page. Failures are WalletError (with a code) or Problem (what the server said); `explain`
// makes a sentence of either.
import { type Address, type Hash, type Hex, hexToNumber, type TypedDataDefinition } from "viem";
import { getAddresses, requestAddresses, sendTransaction as send, signTypedData as sign } from "viem/actions";
import type { Receipt } from "./live/sent";
import { amountOf } from "./wallet/amounts";
import * as batch from "./wallet/batch";
import { ensureChain } from "./wallet/chains";
import { asWalletError, WalletError } from "./wallet/errors";
import "./wallet/picker";
import type { WalletPicker } from "./wallet/picker";
import { announceDemoWallets } from "./wallet/demo";
import { lastUsed } from "./wallet/providers";
import { announceRemote } from "./wallet/remote";
import { type Account, clientOf, currentAccount } from "./wallet/session";

export type { Batch, Standing } from "./wallet/batch";
export { asWalletError, explain, Problem, WalletError } from "./wallet/errors";
export { get, post } from "./wallet/server";
export { type Account, currentAccount, holding, leave, signOut } from "./wallet/session";

announceRemote();

export interface Transaction {
  to: Address;
  data?: Hex;
  value?: bigint | string; // wei; a string as JSON carries it
  chainId: number;
  nonce?: number; // kept through every prompt of one payment; some wallets choose their own
}

/** The signed-in account; first opens the picker where there is none. Closing it is "cancelled". */
export function connect(): Promise<Account> {
  const account = currentAccount();
  if (account) return Promise.resolve(account);
  const dialog = document.getElementById("wallet-dialog") as HTMLDialogElement | null;
  if (!dialog) return Promise.reject(new WalletError("not-signed-in"));
  dialog.querySelector<WalletPicker>("wallet-picker")?.back();
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve, reject) => {
    const signedIn = (event: Event): void => {
      resolve((event as CustomEvent<Account>).detail);
      dialog.close();
    };
    dialog.addEventListener("wallet:signed-in", signedIn, { once: true });
    dialog.addEventListener("close", () => reject(new WalletError("cancelled")), { once: true });
  });
}

/** The signed-in account's wallet on the chain, ready to act for it. */
async function ready(chainId: number): Promise<{ client: ReturnType<typeof clientOf>; account: Address }> {
  const account = currentAccount()?.address;
  if (!account) throw new WalletError("not-signed-in");
  void announceDemoWallets().catch(() => undefined); // without them the wallet counts as missing
  const wallet = await lastUsed();
  if (!wallet) throw new WalletError("disconnected");
  const client = clientOf(wallet);
  const [selected] = (await getAddresses(client)).length ? await getAddresses(client) : await requestAddresses(client);
  if (selected !== account) throw new WalletError("other-account");
  await ensureChain(client, chainId);
  return { client, account };
}

/** Have the wallet send a transaction; returns its hash, which is a hint: a person may replace it in the wallet. */
export async function sendTransaction({ to, data, value, chainId, nonce }: Transaction): Promise<Hex> {
  try {
    const { client, account } = await ready(chainId);
    return await send(client, { account, to, data, nonce, value: amountOf(value), chain: null });
  } catch (error) {
    throw asWalletError(error);
  }
}

/** What the wallet's chain has of a transaction that it has sent: nothing while it is in no block. */
export async function receiptOf(hash: Hash): Promise<Receipt | undefined> {
  const wallet = await lastUsed();
  const found = await wallet?.provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
  return found ? { block: hexToNumber(found.blockNumber), ok: hexToNumber(found.status) === 1 } : undefined;
}

/** Whether the signed-in account's wallet sends several calls as one on a chain (EIP-5792). */
export async function canBatch(chainId: number): Promise<boolean> {
  try {
    const { client, account } = await ready(chainId);
    return await batch.batches(client as batch.Asked, account, chainId);
  } catch (error) {
    throw asWalletError(error);
  }
}

/** Have the wallet send several calls as one; returns its name for them, nothing where it can't and has sent nothing. */
export async function sendBatch(asked: batch.Batch): Promise<string | undefined> {
  try {
    const { client, account } = await ready(asked.chainId);
    return await batch.sendBatch(client as batch.Asked, account, asked);
  } catch (error) {
    throw asWalletError(error);
  }
}

/** Where such calls stand; `topic` is one of the event that they are to make. */
export async function batchStatus(id: string, topic: string): Promise<batch.Standing> {
  const wallet = await lastUsed();
  if (!wallet) throw new WalletError("disconnected");
  return batch.batchStatus(wallet.provider as batch.Asked, id, topic);
}

export type Typed = TypedDataDefinition;

/** Have the wallet sign typed data (EIP-712), as the server prepared it. */
export async function signTypedData(typed: Typed, chainId: number): Promise<Hex> {
  try {
    const { client, account } = await ready(chainId);
    return await sign(client, { ...typed, account });
  } catch (error) {
    throw asWalletError(error);
  }
}
