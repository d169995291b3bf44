// All tests in one process: in one for each file, Node and the parts of a browser would be started anew each time.
import { readdirSync } from "node:fs";

const folder = new URL(".", import.meta.url);

/** One after the other: they share a page. */
async function load([name, ...others]: string[]): Promise<void> {
  if (!name) return;
  await import(new URL(name, folder).href);
  await load(others);
}

await load(readdirSync(folder).filter((name) => name.endsWith(".test.js")).sort());
