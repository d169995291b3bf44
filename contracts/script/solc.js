#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Lets forge run the compiler that npm installed: answers `--version`, and `--standard-json` from standard input.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

/** Write all of it before the process ends: `process.exit` would truncate a pipe. */
function print(text) {
  const bytes = Buffer.from(text);
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(1, bytes, sent);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

if (process.argv.includes("--version")) {
  print(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (process.argv.includes("--standard-json")) {
  print(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("This wrapper knows --version and --standard-json only.");
  process.exitCode = 1;
}
