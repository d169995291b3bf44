// What could not be sent yet, kept in this browser under its draft and step, so that a closed tab loses nothing.
import type { Said } from "./fields";

interface Kept {
  base: [string, string][];
  now: [string, string][];
}

const key = (place: string): string => `citrate:draft:${place}`;

export function keep(place: string, now: Said, base: Said): void {
  const made: Kept = { base: [...now.keys()].map((name) => [name, base.get(name) ?? ""]), now: [...now] };
  try {
    localStorage.setItem(key(place), JSON.stringify(made));
  } catch {
    // Full, or forbidden: what is on the page is still there.
  }
}

export function forget(place: string): void {
  try {
    localStorage.removeItem(key(place));
  } catch {
    // Nothing was kept.
  }
}

/** What was kept, with what each field had stood on; undefined where there is nothing. */
export function recall(place: string): { base: Said; now: Said } | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(key(place)) ?? "null") as Kept | null;
    return found ? { base: new Map(found.base), now: new Map(found.now) } : undefined;
  } catch {
    return undefined;
  }
}
