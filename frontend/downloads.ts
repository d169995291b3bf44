// <verified-download>: fetches a file, hashes it on the way, and keeps it only if it is the one that was published.
// <file-check>: says which of a version's files a file on this machine is. Without either, links and curl do the same.
import { Hashed } from "./downloads/hashed";
import { storeFor, tidy, type Store } from "./downloads/store";

function worker(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=hashing]")?.content ?? "";
}

class VerifiedDownload extends HTMLElement {
  connectedCallback(): void {
    const link = this.querySelector("a");
    link?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void this.start(link);
    });
  }

  private async start(link: HTMLAnchorElement): Promise<void> {
    if (this.hasAttribute("aria-busy")) return;
    const { sha256 = "", size = "0" } = this.dataset;
    const store = await storeFor(Number(size), sha256);
    // The browser's own download has no bound; it is checked afterwards, below or in a terminal.
    if (!store) {
      location.assign(link.href);
      return;
    }
    this.setAttribute("aria-busy", "true");
    this.say(this.dataset["running"] ?? "");
    try {
      const found = await this.fetched(link.href, store, Number(size));
      if (found !== sha256) throw new TypeError("another file");
      this.save(await store.close(), decodeURIComponent(link.pathname.split("/").pop() ?? "file"));
      this.say(this.dataset["verified"] ?? "", "good");
    } catch (error) {
      await store.drop();
      const wrong = error instanceof TypeError && error.message === "another file";
      this.say((wrong ? this.dataset["wrong"] : this.dataset["failed"]) ?? "", "bad");
    } finally {
      this.removeAttribute("aria-busy");
      this.bar().hidden = true;
    }
  }

  private async fetched(address: string, store: Store, size: number): Promise<string> {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    const hash = new Hashed(worker());
    let bytes = 0;
    const write = async (piece: Uint8Array<ArrayBuffer>): Promise<void> => {
      await Promise.all([store.write(piece), hash.add(piece)]);
      bytes += piece.length;
      this.bar().value = size ? (100 * bytes) / size : 100;
    };
    this.bar().hidden = false;
    try {
      await answer.body.pipeTo(new WritableStream({ write }));
      return await hash.end();
    } finally {
      hash.stop();
    }
  }

  private save(blob: Blob, name: string): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  private say(text: string, kind = ""): void {
    const place = this.querySelector<HTMLElement>(".file-said");
    if (!place) return;
    place.textContent = text;
    place.dataset["kind"] = kind;
  }

  private bar(): HTMLProgressElement {
    return this.querySelector("progress") ?? document.createElement("progress");
  }
}

class FileCheck extends HTMLElement {
  connectedCallback(): void {
    this.hidden = false;
    const input = this.querySelector("input");
    input?.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void this.check(file);
    });
  }

  private async check(file: File): Promise<void> {
    const place = this.querySelector("[role=status]");
    if (!place) return;
    place.textContent = "…";
    const hash = new Hashed(worker());
    const write = async (piece: Uint8Array): Promise<void> => void (await hash.add(piece));
    await file.stream().pipeTo(new WritableStream({ write }));
    const found = await hash.end();
    const sums = await (await fetch(this.dataset["sums"] ?? "")).text();
    const line = sums.split("\n").find((each) => each.startsWith(`${found}  `));
    const said = line ? this.dataset["is"]?.replace("NAME", () => line.slice(found.length + 2)) : this.dataset["not"];
    place.textContent = said ?? "";
  }
}

void tidy();
customElements.define("verified-download", VerifiedDownload);
customElements.define("file-check", FileCheck);
