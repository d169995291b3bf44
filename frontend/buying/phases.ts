// The parts of an order's life. What the page has said of a wallet stands while the order is in one of them, through every
// state of it: a purchase that becomes final meanwhile says nothing of a refund that is on its way.
const paying = new Set(["prepared", "awaiting"]);
const bought = new Set(["confirming", "final", "ruled-for-seller"]);

/** The part that a state belongs to; the others are parts of their own. */
export function phaseOf(state: string): string {
  if (paying.has(state)) return "paying";
  return bought.has(state) ? "bought" : state;
}
