// A QR code, drawn as one path: the page's policy allows no style of its own and no foreign picture.
import { encode } from "uqr";

const svg = "http://www.w3.org/2000/svg";
const quiet = 2; // modules of white around it; the page's own padding adds to them

/** The text as a picture to be scanned; what it is for stands beside it. */
export function codeOf(text: string): SVGElement {
  const { data, size } = encode(text, { ecc: "L", border: quiet });
  const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  const [drawing, path] = [document.createElementNS(svg, "svg"), document.createElementNS(svg, "path")];
  path.setAttribute("d", dark.join(""));
  drawing.setAttribute("viewBox", `0 0 ${size} ${size}`);
  drawing.setAttribute("shape-rendering", "crispEdges");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(path);
  return drawing;
}
