// Hashes in a worker, a piece at a time, so that the page stays alive and nothing piles up.
export class Hashed {
  private worker: Worker;

  constructor(address: string) {
    this.worker = new Worker(address, { type: "module" });
  }

  add(piece: Uint8Array): Promise<string> {
    return this.ask(piece);
  }

  async end(): Promise<string> {
    const hex = await this.ask(null);
    this.worker.terminate();
    return hex;
  }

  stop(): void {
    this.worker.terminate();
  }

  private ask(piece: Uint8Array | null): Promise<string> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = (event: MessageEvent<string>) => resolve(event.data);
      this.worker.onerror = () => reject(new Error("The worker that hashes has failed."));
      this.worker.postMessage(piece, []);
    });
  }
}
