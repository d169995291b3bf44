// What is measured of an answer, as figures in words.
export interface Measured {
  tokens: number;
  first: number | null; // ms from the question to the first text
  speed: number | null; // tokens a second
  stopped?: boolean | undefined;
  paid?: string | undefined; // by what: the name of a ground
}

type Word = readonly [figure: string, words: string];

const number = (value: number, digits = 0): string =>
  value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Figures with their units; `words` are the translated ones. */
export function figures({ tokens, first, speed, stopped, paid }: Measured, words: DOMStringMap): Word[] {
  const said: Word[] = stopped ? [["", words["stopped"] ?? ""]] : [];
  said.push([number(tokens), words["tokens"] ?? ""]);
  if (first !== null) said.push([first < 1000 ? `${number(first)} ms` : `${number(first / 1000, 1)} s`, words["first"] ?? ""]);
  if (speed !== null) said.push([number(speed, speed < 10 ? 1 : 0), words["speed"] ?? ""]);
  const by = paid && words[`paid${paid.charAt(0).toUpperCase()}${paid.slice(1)}`];
  if (by) said.push(["", by]);
  return said;
}

/** Write figures into a line: the numbers in ink, the words beside them quiet. */
export function tell(line: Element, said: readonly Word[]): void {
  const parts = said.map(([figure, words]) => {
    const [both, strong] = [document.createElement("span"), document.createElement("b")];
    strong.textContent = figure;
    both.append(...(figure ? [strong, ` ${words}`] : [words]));
    return both;
  });
  // A blank between them, for whoever copies or hears them.
  line.replaceChildren(...parts.flatMap((each, place) => (place ? [" ", each] : [each])));
}
