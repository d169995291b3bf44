// Which uploads this browser has begun, kept so that they outlive it: IndexedDB has on the disk what it says is kept, while a
// browser writes down what is in localStorage some seconds later. Where it gives no database, localStorage has to do.
import { defaultOptions, type PreviousUpload, type UrlStorage } from "tus-js-client";

const table = "begun";
type Kept = Omit<PreviousUpload, "urlStorageKey">;

/** Return the answer of a request, or raise why there is none. */
function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error(table)));
  });
}

let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("uploads", 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(table, { keyPath: "urlStorageKey" }));
  return answered(request);
}

/** Have something done in the table, and return what came of it once the disk has it. */
async function within<T>(mode: IDBTransactionMode, act: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await (opening ??= open());
  const transaction = database.transaction(table, mode, { durability: "strict" });
  const answer = act(transaction.objectStore(table));
  await new Promise<void>((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error ?? new Error(table)));
  });
  return answer.result;
}

class Begun implements UrlStorage {
  private readonly plain = defaultOptions.urlStorage;

  async findAllUploads(): Promise<PreviousUpload[]> {
    return this.find();
  }

  async findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    const found = await this.find(IDBKeyRange.bound(`${fingerprint}::`, `${fingerprint}::\uFFFF`));
    return [...found, ...(await this.plain.findUploadsByFingerprint(fingerprint))];
  }

  async addUpload(fingerprint: string, upload: Kept): Promise<string> {
    const urlStorageKey = `${fingerprint}::${crypto.randomUUID()}`;
    try {
      await within("readwrite", (rows) => rows.put({ ...upload, urlStorageKey }));
      return urlStorageKey;
    } catch {
      return this.plain.addUpload(fingerprint, upload as PreviousUpload);
    }
  }

  async removeUpload(key: string): Promise<void> {
    await within("readwrite", (rows) => rows.delete(key)).catch(() => undefined);
    await this.plain.removeUpload(key);
  }

  private async find(keys?: IDBKeyRange): Promise<PreviousUpload[]> {
    return within("readonly", (rows) => rows.getAll(keys) as IDBRequest<PreviousUpload[]>).catch(() => []);
  }
}

export const begun: UrlStorage = new Begun();
