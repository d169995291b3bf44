// <dispute-files>: files go up one by one as they are chosen, dropped or pasted, and each can be taken off; what is being
// written is never touched by it. Sending is the form's own affair, and goes without this script.
import { part } from "../site/dom";

interface Answer {
  files?: string[]; // CIDs of what is attached now
  detail?: string; // of a problem
}

/** What can be said of a file before it is sent: too large by itself, or one too many. */
export function refusalOf(size: number, most: number, left: number): "too-large" | "too-many" | undefined {
  if (left <= 0) return "too-many";
  return size > most ? "too-large" : undefined;
}

class DisputeFiles extends HTMLElement {
  private readonly queue: Upload[] = [];
  private readonly attached = new Map<string, Row>(); // by CID: the server has them, and its list does not show them yet
  private running: Upload | undefined;
  private isSending = false;

  connectedCallback(): void {
    this.restore();
    this.addEventListener("input", this.onWritten);
    this.addEventListener("change", this.onChosen);
    this.addEventListener("dragover", this.onOver);
    this.addEventListener("dragleave", this.onLeave);
    this.addEventListener("drop", this.onDrop);
    this.addEventListener("paste", this.onPaste);
    this.addEventListener("submit", this.onSubmit);
    document.addEventListener("htmx:after:request", this.onAnswer);
    document.addEventListener("htmx:after:swap", this.onSwapped);
    window.addEventListener("beforeunload", this.onUnload);
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:after:request", this.onAnswer);
    document.removeEventListener("htmx:after:swap", this.onSwapped);
    window.removeEventListener("beforeunload", this.onUnload);
    this.running?.cancel();
  }

  private get form(): HTMLFormElement {
    return part(this, "form#say", HTMLFormElement);
  }

  private get field(): HTMLTextAreaElement {
    return part(this, "textarea", HTMLTextAreaElement);
  }

  /** Where this tab keeps what is being written: a session that ends meanwhile leads away from the page. */
  private get draft(): string {
    return `dispute ${part(this.form, "[name=as]", HTMLInputElement).value} ${this.form.getAttribute("action")}`;
  }

  private restore(): void {
    this.field.value ||= sessionStorage.getItem(this.draft) ?? "";
  }

  private onWritten = (): void => sessionStorage.setItem(this.draft, this.field.value);

  private get left(): number {
    return Number(this.dataset["left"]) - this.queue.length - (this.running ? 1 : 0);
  }

  private onChosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    if (input.type !== "file") return;
    this.take(input.files);
    input.value = ""; // they go up from here, so the form does not send them again
  };

  private onOver = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.toggleAttribute("data-over", true);
  };

  private onLeave = (): void => void this.toggleAttribute("data-over", false);

  private onDrop = (event: DragEvent): void => {
    this.onLeave();
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.take(event.dataTransfer.files);
  };

  private onPaste = (event: ClipboardEvent): void => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    this.take(event.clipboardData.files);
  };

  /** Sent: what was written is in the page now. A refusal leaves it. */
  private onAnswer = (event: Event): void => {
    const ctx = (event as CustomEvent<{ ctx?: { sourceElement: Element; response?: { status: number } } }>).detail.ctx;
    const isSent = ctx?.sourceElement === this.form && (ctx.response?.status ?? 500) < 400;
    if (isSent && this.isSending) {
      this.form.reset();
      sessionStorage.removeItem(this.draft);
    }
    if (ctx?.sourceElement === this.form) this.isSending = false;
  };

  /** A file's own line goes when the server's list has it; an answer that was on its way before does not. */
  private onSwapped = (): void => {
    const before = this.attached.size;
    for (const [cid, row] of this.attached) {
      if (!this.querySelector(`.waiting [value="${CSS.escape(cid)}"]`) && row.isNew()) continue;
      row.remove();
      this.attached.delete(cid);
    }
    if (before && this.attached.size) look();
  };

  private onSubmit = (event: SubmitEvent): void => {
    const form = event.target as HTMLFormElement;
    if (form.matches("[data-records]")) {
      event.preventDefault();
      void this.attachRecords(form);
    } else if (event.submitter?.getAttribute("name") === "do") {
      this.isSending = true;
    }
  };

  private onUnload = (event: BeforeUnloadEvent): void => {
    if (this.running) event.preventDefault();
  };

  private async attachRecords(form: HTMLFormElement): Promise<void> {
    const row = new Row(this);
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    }).catch(() => undefined);
    const said = ((await answer?.json().catch(() => ({}))) ?? {}) as Answer;
    if (!said.files) return row.fail(said.detail ?? this.text("again"));
    part(this, "details#ask-records", HTMLDetailsElement).open = false;
    this.show(said.files, row);
  }

  private take(files: FileList | null): void {
    for (const file of files ?? []) {
      const row = new Row(this, file.name);
      const refusal = refusalOf(file.size, Number(this.dataset["most"]), this.left);
      if (refusal) row.fail(this.text(refusal));
      else this.queue.push(new Upload(this.form, file, row, this.text("checking")));
    }
    void this.next();
  }

  /** One after the other: two at once would take turns on a slow line, and end as late. */
  private async next(): Promise<void> {
    if (this.running) return;
    this.running = this.queue.shift();
    if (!this.running) return;
    const { row } = this.running;
    const { files, detail } = await this.running.done();
    this.running = undefined;
    if (files) this.show(files, row);
    else row.fail(detail ?? this.text("again"));
    await this.next();
  }

  private show(files: string[], row: Row): void {
    if (!files[0]) return row.remove();
    this.attached.set(files[0], row);
    look();
  }

  private text(name: string): string {
    return part(this, `template[data-${name}]`, HTMLTemplateElement).content.textContent?.trim() ?? "";
  }
}

/** The line of a file until the server has it, or has refused it. */
class Row {
  private readonly line: HTMLElement;
  private swaps = 0;
  onCancel: () => void = () => undefined;

  constructor(host: HTMLElement, name = "") {
    const template = part(host, "template[data-row]", HTMLTemplateElement);
    this.line = part(template.content.cloneNode(true) as DocumentFragment, "li", HTMLElement);
    part(this.line, "[data-name]", HTMLElement).textContent = name;
    part(this.line, "[data-cancel]", HTMLElement).addEventListener("click", () => this.cancel());
    part(host, "[data-uploads]", HTMLElement).append(this.line);
  }

  progress(share: number): void {
    part(this.line, "progress", HTMLProgressElement).value = Math.round(100 * share);
  }

  say(text: string): void {
    part(this.line, "[data-state]", HTMLElement).textContent = text;
  }

  fail(text: string): void {
    part(this.line, "progress", HTMLProgressElement).hidden = true;
    part(this.line, ".named", HTMLElement).setAttribute("role", "alert"); // not the line, which stays one of a list
    this.line.classList.add("refused");
    this.say(text);
  }

  /** Whether the page was swapped at most once since: what it shows by then may be older than this file. */
  isNew(): boolean {
    return ++this.swaps < 2;
  }

  remove(): void {
    this.line.remove();
  }

  private cancel(): void {
    this.onCancel();
    this.remove();
  }
}

/** One file on its way. XMLHttpRequest, because fetch does not tell how much has gone up. */
class Upload {
  private readonly request = new XMLHttpRequest();
  private isCancelled = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly file: File,
    readonly row: Row,
    private readonly checking: string,
  ) {
    row.onCancel = () => this.cancel();
  }

  cancel(): void {
    this.isCancelled = true;
    this.request.abort();
  }

  /** Send it, and return what the server says: nothing where the connection broke. */
  done(): Promise<Answer> {
    if (this.isCancelled) return Promise.resolve({ files: [] });
    return new Promise((resolve) => {
      this.request.upload.onprogress = ({ loaded, total }) => this.row.progress(loaded / total);
      this.request.upload.onload = () => this.row.say(this.checking);
      this.request.onloadend = () => resolve(this.isCancelled ? { files: [] } : answerOf(this.request.responseText));
      this.request.open("POST", this.form.action);
      this.request.setRequestHeader("Accept", "application/json");
      this.request.send(this.fields());
    });
  }

  private fields(): FormData {
    const fields = new FormData();
    for (const name of ["csrfmiddlewaretoken", "as"])
      fields.set(name, part(this.form, `[name=${name}]`, HTMLInputElement).value);
    fields.set("do", "attach");
    fields.set("file", this.file);
    return fields;
  }
}

/** What the server said; nothing where the connection broke, or a proxy answered. */
export function answerOf(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}

/** Have the page's live part ask for itself: it shows what the server has now. */
function look(): void {
  document.querySelector("seller-desk [data-look]")?.dispatchEvent(new CustomEvent("live:look"));
}

customElements.define("dispute-files", DisputeFiles);
