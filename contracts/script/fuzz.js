#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Makes two million calls and more: of the market, of one person in every part of it, of the escrow and of the DAO, in parts
// of a quarter of a million with a seed each, that run beside each other. Prints the closing lines of each part, and fails where one does.
import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { forge } from "./forge.js";

const PARTS = [...Array(6).fill("MarketFuzz"), "OnePersonFuzz", "EscrowFuzz", "DaoFuzz"]; // of 1,250 runs of 200 calls
const home = dirname(dirname(fileURLToPath(import.meta.url)));
const options = { cwd: home, env: { ...process.env, FOUNDRY_PROFILE: "fuzz" } };

/** Run one part; return whether nothing was violated. */
function run(contract, seed) {
  const part = spawn(forge, ["test", "--match-contract", contract, "--fuzz-seed", String(seed)], options);
  let said = "";
  for (const stream of [part.stdout, part.stderr]) stream.on("data", (piece) => (said += piece));
  return new Promise((resolve) =>
    part.on("close", (code) => {
      const failed = code !== 0 || !said.includes("[PASS]"); // a part without a test would end well, too
      console.log(failed ? said : said.split("\n").filter((line) => /^\[|^Suite/.test(line)).join("\n"));
      console.log(`${contract}, seed ${seed}: ${failed ? "FAILED" : "ok"}`);
      resolve(!failed);
    }),
  );
}

/** Take parts until there are none; return whether all of them passed. */
async function work(parts) {
  let passed = true;
  for (let next = parts.shift(); next; next = parts.shift()) passed = (await run(...next)) && passed;
  return passed;
}

const built = spawnSync(forge, ["build"], { ...options, stdio: "inherit" }); // once, and not by each part
const parts = PARTS.map((contract, place) => [contract, place + 1]);
const passed = await Promise.all(Array.from({ length: availableParallelism() }, () => work(parts)));
process.exitCode = built.status === 0 && passed.every(Boolean) ? 0 : 1;
