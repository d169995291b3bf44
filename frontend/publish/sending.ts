// One file on its way, by tus: it goes on where it was after a pause, a reload or a killed browser.
import { DetailedError, Upload } from "tus-js-client";
import { begun } from "./begun";
import type { Found } from "./paths";
import { Pace } from "./pace";
import type { Job, State } from "./queue";

const small = 1_000_000; // bytes that go with the first request: what it was cut in is sent again
const look = 1_000; // ms between two questions whether a file is hashed

/** The same file, unchanged, of the same draft: else what is here already is not the beginning of it. */
const fingerprint = (draft: string, { file, path }: Found): string => ["citrate", draft, path, file.size, file.lastModified].join("|");

/** Whether this browser has sent all of it before. */
export function wasSent(draft: string, found: Found): boolean {
  try {
    return localStorage.getItem(`sent|${fingerprint(draft, found)}`) !== null;
  } catch {
    return false;
  }
}

function note(key: string): void {
  try {
    localStorage.setItem(`sent|${key}`, "");
  } catch {
    // It would be sent once more, and be the same.
  }
}

export interface Sender {
  readonly draft: string;
  readonly endpoint: string;
  /** The upload exists at this address, or its bytes are all there. */
  attach(job: Sending, id: string): Promise<void>;
  changed(job: Sending): void;
  ended(job: Sending, state: "failed" | "done"): void;
}

export class Sending implements Job {
  state: State = "waiting";
  sent = 0; // bytes
  why = ""; // it failed, in the server's words; empty: the line is away
  readonly pace = new Pace();
  private readonly upload: Upload;
  private looked = false; // for an earlier beginning of the same file
  private run = 0; // what a stopped run still says is not heard
  private attached: Promise<void> = Promise.resolve();

  constructor(
    readonly found: Found,
    private readonly sender: Sender,
  ) {
    const { file, path } = found;
    this.upload = new Upload(file, {
      endpoint: sender.endpoint,
      retryDelays: [0, 1_000, 3_000, 8_000, 15_000, 30_000],
      uploadDataDuringCreation: file.size < small,
      metadata: { path, filename: path },
      removeFingerprintOnSuccess: true,
      urlStorage: begun,
      fingerprint: () => Promise.resolve(fingerprint(sender.draft, found)),
      onProgress: (sent) => this.note(sent),
      onUploadUrlAvailable: () => {
        this.attached = this.attach();
      },
      onSuccess: () => void this.finish(this.run),
      onError: (error) => this.fail(error),
    });
  }

  get path(): string {
    return this.found.path;
  }

  get size(): number {
    return this.found.file.size;
  }

  start(): void {
    this.why = "";
    this.run++;
    this.pace.forget();
    void this.begin(this.run);
  }

  stop(): void {
    this.run++;
    this.pace.forget();
    void this.upload.abort().catch(() => undefined);
  }

  /** Stop, and have the server forget what it has of it. */
  forget(): void {
    this.run++;
    void this.upload.abort(true).catch(() => undefined);
  }

  private async begin(run: number): Promise<void> {
    if (!this.looked) {
      const [earlier] = await this.upload.findPreviousUploads();
      if (earlier) this.upload.resumeFromPreviousUpload(earlier);
      this.looked = true;
    }
    if (run === this.run) this.upload.start();
  }

  private attach(): Promise<void> {
    const attached = this.sender.attach(this, this.id);
    attached.catch(() => undefined); // it is said at the end, or by the next attempt
    return attached;
  }

  private get id(): string {
    return (this.upload.url ?? "").replace(/\/$/, "").split("/").at(-1) ?? "";
  }

  private note(sent: number): void {
    this.sent = sent;
    this.pace.note(sent);
    this.sender.changed(this);
  }

  private async finish(run: number): Promise<void> {
    try {
      await this.attached.catch(() => undefined);
      await this.settled();
      await this.sender.attach(this, this.id);
      this.sent = this.size;
      note(fingerprint(this.sender.draft, this.found));
      this.sender.ended(this, "done");
    } catch (error) {
      if (run === this.run) this.say(error);
    }
  }

  /** Wait until the server has the whole of it under its hash; raises in its words where it could not. */
  private async settled(): Promise<void> {
    const answer = await fetch(this.upload.url ?? "", { headers: { Accept: "application/json" } });
    const told = (await answer.json().catch(() => ({}))) as { state?: string; says?: string };
    if (told.state === "failed") throw new Error(told.says ?? "");
    if (told.state !== "checking") return;
    await new Promise((resolve) => setTimeout(resolve, look));
    await this.settled();
  }

  private fail(error: Error | DetailedError): void {
    this.say(error instanceof DetailedError ? new Error(said(error)) : error);
  }

  private say(error: unknown): void {
    this.why = error instanceof Error ? error.message : "";
    this.sender.ended(this, "failed");
  }
}

/** What the server answered, in its words; empty where it did not answer. */
function said(error: DetailedError): string {
  const text = error.originalResponse?.getBody() ?? "";
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? "";
  } catch {
    return /^[^<{]{1,300}$/.test(text.trim()) ? text.trim() : "";
  }
}
