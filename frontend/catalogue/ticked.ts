// Names that were ticked, in their order, kept in a storage; at most so many.
const key = "compare";

export class Ticked {
  constructor(
    private readonly storage: Storage,
    private readonly most: number,
  ) {}

  names(): string[] {
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((name): name is string => typeof name === "string").slice(0, this.most) : [];
    } catch {
      return []; // whatever stands there is not ours
    }
  }

  get isFull(): boolean {
    return this.names().length >= this.most;
  }

  add(name: string): void {
    if (!this.isFull) this.keep([...this.names().filter((other) => other !== name), name]);
  }

  remove(name: string): void {
    this.keep(this.names().filter((other) => other !== name));
  }

  clear(): void {
    this.keep([]);
  }

  private keep(names: string[]): void {
    this.storage.setItem(key, JSON.stringify(names));
  }
}
