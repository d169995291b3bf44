#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs forge and ends as it ends. The script that its npm package brings (`npx forge`) ends with 0 whatever failed.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const machine = process.arch === "x64" ? "amd64" : process.arch;
const file = process.platform === "win32" ? "forge.exe" : "forge";

/** The program itself, for this machine. */
export const forge = createRequire(import.meta.url).resolve(
  `@foundry-rs/forge-${process.platform}-${machine}/bin/${file}`,
);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const child = spawn(forge, process.argv.slice(2), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => (process.exitCode = code ?? 1));
}
