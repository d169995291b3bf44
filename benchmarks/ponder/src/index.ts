// One row an event, and running balances: what each model was paid, and how many passes each holder has got.
import { ponder } from "ponder:registry";
import { balance, eventRow } from "ponder:schema";

const plain = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

const keep = async (context: any, event: any, name: string, key: string, amount: bigint) => {
  await context.db.insert(eventRow).values({
    id: event.id,
    blockNumber: event.block.number,
    txHash: event.transaction.hash,
    logIndex: event.log.logIndex,
    time: event.block.timestamp,
    address: event.log.address,
    name,
    args: JSON.stringify(event.args, plain),
  });
  await context.db
    .insert(balance)
    .values({ key, amount, events: 1 })
    .onConflictDoUpdate((row: any) => ({ amount: row.amount + amount, events: row.events + 1 }));
};

ponder.on("ModelMarketplace:AccessPurchased", async ({ event, context }: any) => {
  await keep(context, event, "AccessPurchased", `paid:${event.args.modelId}`, event.args.p.paid);
});

ponder.on("AccessPass:TransferSingle", async ({ event, context }: any) => {
  await keep(context, event, "TransferSingle", `passes:${event.args.to.toLowerCase()}`, event.args.value);
});
