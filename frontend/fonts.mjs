// Copies the few font files we serve: two character sets a face, from the packages that carry them. The Latin of headings
// is cut to the one weight they have (faces/, decision 0186).
import { copyFileSync, mkdirSync } from "node:fs";

const variable = (face, set) => `node_modules/@fontsource-variable/${face}/files/${face}-${set}-wght-normal.woff2`;
// one weight is all that code is set in, and half the bytes
const mono = (set) => `node_modules/@fontsource/jetbrains-mono/files/jetbrains-mono-${set}-400-normal.woff2`;
const files = [
  "frontend/faces/bricolage-grotesque-latin-650-normal.woff2",
  variable("bricolage-grotesque", "latin-ext"),
  ...["latin", "latin-ext"].flatMap((set) => [variable("instrument-sans", set), mono(set)]),
];

mkdirSync("static/build/fonts", { recursive: true });
for (const file of files) copyFileSync(file, `static/build/fonts/${file.split("/").at(-1)}`);
