import { onchainTable } from "ponder";

export const eventRow = onchainTable("event_row", (t) => ({
  id: t.text().primaryKey(),
  blockNumber: t.bigint().notNull(),
  txHash: t.hex().notNull(),
  logIndex: t.integer().notNull(),
  time: t.bigint().notNull(),
  address: t.hex().notNull(),
  name: t.text().notNull(),
  args: t.text().notNull(),
}));

export const balance = onchainTable("balance", (t) => ({
  key: t.text().primaryKey(),
  amount: t.bigint().notNull(),
  events: t.integer().notNull(),
}));
