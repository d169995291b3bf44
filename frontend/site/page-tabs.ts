// <page-tabs>: the link to the part of the page that is being read is the current one.
class PageTabs extends HTMLElement {
  private seen?: IntersectionObserver;
  private readonly inSight = new Set<string>();

  connectedCallback(): void {
    this.seen = new IntersectionObserver(this.onSight, { rootMargin: "-25% 0px -60%" });
    this.watch();
    this.links[0]?.setAttribute("aria-current", "true");
    document.addEventListener("htmx:after:swap", this.watch);
  }

  disconnectedCallback(): void {
    this.seen?.disconnect();
    document.removeEventListener("htmx:after:swap", this.watch);
  }

  private get links(): HTMLAnchorElement[] {
    return [...this.querySelectorAll<HTMLAnchorElement>("a[href^='#']")];
  }

  /** Parts that a swap has put in place of others are seen as well. */
  private watch = (): void => {
    for (const link of this.links) {
      const part = document.getElementById(link.hash.slice(1));
      if (part) this.seen?.observe(part);
    }
  };

  private onSight = (entries: IntersectionObserverEntry[]): void => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.inSight.add(target.id);
      else this.inSight.delete(target.id);
    }
    const current = this.links.find((link) => this.inSight.has(link.hash.slice(1)));
    if (!current) return;
    for (const link of this.links) link.toggleAttribute("aria-current", false);
    current.setAttribute("aria-current", "true");
  };
}

customElements.define("page-tabs", PageTabs);
