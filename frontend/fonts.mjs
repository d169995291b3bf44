// Copies the few font files we serve: two character sets a face, from the packages that carry them. The Latin of headings
// is cut to the one weight they have (faces/, decision 0186); one weight is all that code is set in, and half the bytes.
import { copyFileSync, mkdirSync } from "node:fs";

const packages = "node_modules/@fontsource";
const files = [
  "frontend/faces/bricolage-grotesque-latin-650-normal.woff2",
  `${packages}-variable/bricolage-grotesque/files/bricolage-grotesque-latin-ext-wght-normal.woff2`,
  ...["latin", "latin-ext"].flatMap((set) => [
    `${packages}-variable/instrument-sans/files/instrument-sans-${set}-wght-normal.woff2`,
    `${packages}/jetbrains-mono/files/jetbrains-mono-${set}-400-normal.woff2`,
  ]),
];

mkdirSync("static/build/fonts", { recursive: true });
for (const file of files) copyFileSync(file, `static/build/fonts/${file.split("/").at(-1)}`);
