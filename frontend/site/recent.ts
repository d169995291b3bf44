// What was chosen in the palette lately, on this device and for one account: it is gone with the session.
const name = "recent";
const most = 5;

export interface Chosen {
  label: string;
  href: string;
}

interface Kept {
  account: string; // its address; empty for a visitor
  chosen: Chosen[];
}

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "") as Partial<Kept>;
    const chosen = Array.isArray(kept.chosen) ? kept.chosen.filter(isOurs) : [];
    return { account: kept.account ?? "", chosen };
  } catch {
    return { account: "", chosen: [] }; // nothing is kept, or what another version kept
  }
}

/** Whether it leads to a page of this site: what is stored may have been written by anybody. */
function isOurs(each: unknown): each is Chosen {
  const { label, href } = (each ?? {}) as Partial<Chosen>;
  return typeof label === "string" && typeof href === "string" && /^\/(?!\/)/.test(href);
}

/** What was chosen, the latest first. */
export const recent = (): Chosen[] => read().chosen;

export function note(chosen: Chosen): void {
  const { account, chosen: before } = read();
  const others = before.filter((each) => each.href !== chosen.href);
  localStorage.setItem(name, JSON.stringify({ account, chosen: [chosen, ...others].slice(0, most) }));
}

export const forgetAll = (): void => localStorage.removeItem(name);

/** Keep nothing that another account chose; what a visitor chose goes on when they sign in. */
export function keepFor(account: string): void {
  const kept = read();
  if (kept.account && kept.account !== account) forgetAll();
  else if (kept.account !== account && kept.chosen.length) localStorage.setItem(name, JSON.stringify({ ...kept, account }));
}
