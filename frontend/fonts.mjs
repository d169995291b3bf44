// Copies the few font files we serve from the packages that carry them. One weight axis, two character sets a face.
import { copyFileSync, mkdirSync } from "node:fs";

const faces = ["bricolage-grotesque", "instrument-sans", "jetbrains-mono"];
const sets = ["latin", "latin-ext"];

mkdirSync("static/build/fonts", { recursive: true });
for (const face of faces) {
  for (const set of sets) {
    const file = `${face}-${set}-wght-normal.woff2`;
    copyFileSync(`node_modules/@fontsource-variable/${face}/files/${file}`, `static/build/fonts/${file}`);
  }
}
