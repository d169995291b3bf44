// What became of a transaction that a wallet has sent, so that "Sent" does not stand on a page for ever.
export interface Receipt {
  block: number;
  ok: boolean; // false: it failed on the chain, and changed nothing
}

export type Standing = "waiting" | "followed" | "failed" | "unseen";

const patience = 30; // blocks, or looks, after which a person should look into the wallet

/**
 * Where it stands: `head` is the last block whose figures the server has told of, `looks` how often the page has
 * looked since it was sent. Where no head is told, the second look after the receipt has the figures.
 */
export function standing(receipt: Receipt | undefined, head: number, looks: number, sinceReceipt: number): Standing {
  if (!receipt) return looks > patience ? "unseen" : "waiting";
  if (!receipt.ok) return "failed";
  return head >= receipt.block || sinceReceipt >= 2 ? "followed" : "waiting";
}

/** One transaction on its way. */
export class Sent {
  private receipt: Receipt | undefined;
  private looks = 0;
  private sinceReceipt = 0;

  constructor(private readonly ask: () => Promise<Receipt | undefined>) {}

  /** Look again; a wallet that does not answer leaves it waiting. */
  async look(head = 0): Promise<Standing> {
    this.looks++;
    if (this.receipt) this.sinceReceipt++;
    else this.receipt = await this.ask().catch(() => undefined);
    return standing(this.receipt, head, this.looks, this.sinceReceipt);
  }
}
