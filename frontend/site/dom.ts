// Parts of a page that the server's templates promise.

/** The part of `host` that a selector names, of this kind of element; a template without it is a fault of ours. */
export function part<E extends Element>(host: ParentNode, selector: string, kind: new () => E): E {
  const found = host.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`This page has no ${selector}.`);
}

/** What the page's head says under this name. */
export const meta = (name: string): HTMLMetaElement | null => document.querySelector(`meta[name="${name}"]`);
