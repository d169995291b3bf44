// Copies the few font files we serve from the packages that carry them: two character sets a face.
import { copyFileSync, mkdirSync } from "node:fs";

const faces = {
  "@fontsource-variable/bricolage-grotesque": "wght-normal",
  "@fontsource-variable/instrument-sans": "wght-normal",
  "@fontsource/jetbrains-mono": "400-normal", // one weight is all that code is set in, and half the bytes
};
const sets = ["latin", "latin-ext"];

mkdirSync("static/build/fonts", { recursive: true });
for (const [name, weights] of Object.entries(faces)) {
  for (const set of sets) {
    const file = `${name.split("/")[1]}-${set}-${weights}.woff2`;
    copyFileSync(`node_modules/${name}/files/${file}`, `static/build/fonts/${file}`);
  }
}
