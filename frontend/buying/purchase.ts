// The steps of a payment, without a page and without a wallet: what has happened says what is to be done next.
import type { Batch, Standing, Transaction, Typed } from "../wallet";

export type Payment = Transaction & { prompt: string };
/** What the server answers to "open": the payment itself, or what has to come before it where a token is paid. */
export type Opened =
  | Payment
  | (Batch & { prompt: string })
  | { sign: Typed; chainId: number }
  | { approve: Transaction; resets: boolean };

export type Happened =
  // `kept`: a hash that the server may not have yet; `followed`: a batch on its way; `token`: there may be a batch
  | { type: "begun"; kept: string | null; followed?: string | null; token?: boolean }
  | { type: "probed"; can: boolean } // whether the wallet sends several calls as one
  | { type: "batched"; id: string }
  | { type: "seen"; standing: Standing }
  | { type: "unbatched" } // it does not after all, and nothing was sent
  | { type: "opened"; answer: Opened }
  | { type: "signed"; signature: string }
  | { type: "allowed" } // the approval was sent
  | { type: "paid"; hash: string }
  | { type: "told" };

export type Next =
  | { do: "open"; signature: string; after: number; batch?: true } // `after`: ms to wait before
  | { do: "probe" }
  | { do: "batch"; batch: Batch & { prompt: string } }
  | { do: "follow"; id: string; after: number }
  | { do: "unseen" } // a person should look into the wallet
  | { do: "sign"; typed: Typed; chainId: number }
  | { do: "allow"; transaction: Transaction; resets: boolean } // `resets`: back to nothing, before the price
  | { do: "pay"; payment: Payment }
  | { do: "tell"; hash: string }
  | { do: "end" }
  | { do: "give-up" };

const patience = 60; // times to look whether an approval is in a block
const pause = 2000; // ms between them
const longest = 200; // times to look what became of calls that a wallet sends as one
const glance = 1500; // ms between them

export class Purchase {
  private allowing: Transaction | undefined; // the approval that the chain is to have
  private looks = 0;
  private id = ""; // of the calls that the wallet sends as one
  private resumed = false; // whether what an earlier page sent is followed
  private batch = false; // whether what has to come before goes along with the payment

  next(happened: Happened): Next {
    switch (happened.type) {
      case "begun": // what was sent is never sent a second time
        if (happened.kept) return { do: "tell", hash: happened.kept };
        this.resumed = Boolean(happened.followed);
        if (happened.followed) return this.follow(happened.followed);
        return happened.token ? { do: "probe" } : this.open();
      case "probed":
        this.batch = happened.can;
        return this.open();
      case "batched":
        return this.follow(happened.id);
      case "seen":
        return this.seen(happened.standing);
      case "unbatched":
        this.batch = false;
        return this.resumed ? { do: "end" } : this.open(); // a page that was loaded again asks for nothing by itself
      case "signed":
        return this.open(happened.signature);
      case "allowed":
        this.looks = 0;
        return this.open("", pause);
      case "paid":
        return { do: "tell", hash: happened.hash };
      case "told":
        return { do: "end" };
      case "opened":
        return this.answer(happened.answer);
    }
  }

  private open(signature = "", after = 0): Next {
    return { do: "open", signature, after, ...(this.batch && { batch: true }) };
  }

  private follow(id: string, after = 0): Next {
    this.id = id;
    return { do: "follow", id, after };
  }

  private seen(standing: Standing): Next {
    if (standing.is === "sent") return { do: "tell", hash: standing.hash };
    if (standing.is === "nothing") return this.next({ type: "unbatched" });
    return ++this.looks < longest ? this.follow(this.id, glance) : { do: "unseen" };
  }

  private answer(answer: Opened): Next {
    if ("calls" in answer) return { do: "batch", batch: answer };
    if ("prompt" in answer) return { do: "pay", payment: answer };
    if ("sign" in answer) return { do: "sign", typed: answer.sign, chainId: answer.chainId };
    if (!("approve" in answer)) return { do: "give-up" };
    if (!this.isAllowing(answer.approve)) {
      this.allowing = answer.approve;
      return { do: "allow", transaction: answer.approve, resets: answer.resets };
    }
    return ++this.looks < patience ? this.open("", pause) : { do: "give-up" };
  }

  private isAllowing(asked: Transaction): boolean {
    return this.allowing?.to === asked.to && this.allowing.data === asked.data;
  }
}

const remade = new Set(["price-moved", "contract-refused", "not-for-sale"]); // refusals that a new order can mend

export interface Failure {
  say: "error" | "not-noted" | "nothing";
  again: boolean; // whether a new order may help
  look: boolean; // whether the page was behind
  cancel: boolean; // whether the server is to know that the person declined
}

/** What a page does about an error by its code. `sent`: the wallet has sent, and the server may not know it. */
export function afterFailure(code: string, isProblem: boolean, sent: boolean): Failure {
  const look = code === "prompt-open";
  if (sent) return { say: "not-noted", again: false, look, cancel: false };
  if (code === "cancelled") return { say: "nothing", again: false, look, cancel: true };
  return { say: "error", again: isProblem && remade.has(code), look, cancel: false };
}
