// Copies the few font files we serve. Those in faces/ are cut to what is set in them (decision 0186); the others come from
// the packages that carry them, two character sets a face.
import { copyFileSync, mkdirSync } from "node:fs";

const packages = "node_modules/@fontsource-variable";
const files = [
  "frontend/faces/bricolage-grotesque-ascii-650-normal.woff2",
  `${packages}/bricolage-grotesque/files/bricolage-grotesque-latin-wght-normal.woff2`,
  `${packages}/bricolage-grotesque/files/bricolage-grotesque-latin-ext-wght-normal.woff2`,
  "frontend/faces/jetbrains-mono-ascii-400-normal.woff2",
  `${packages}/instrument-sans/files/instrument-sans-latin-wght-normal.woff2`,
  `${packages}/instrument-sans/files/instrument-sans-latin-ext-wght-normal.woff2`,
];

mkdirSync("static/build/fonts", { recursive: true });
for (const file of files) copyFileSync(file, `static/build/fonts/${file.split("/").at(-1)}`);
