// Where a download is kept until it is known to be right: small ones in memory, large ones in the browser's own files.
const SMALL = 64 * 2 ** 20;
const FOLDER = "downloads";

export interface Store {
  write(piece: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<Blob>;
  drop(): Promise<void>;
}

class Memory implements Store {
  private pieces: Uint8Array<ArrayBuffer>[] = [];

  async write(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    this.pieces.push(piece);
  }

  async close(): Promise<Blob> {
    return new Blob(this.pieces);
  }

  async drop(): Promise<void> {
    this.pieces = [];
  }
}

class Disk implements Store {
  constructor(
    private folder: FileSystemDirectoryHandle,
    private file: FileSystemFileHandle,
    private stream: FileSystemWritableFileStream,
  ) {}

  write(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.stream.write(piece);
  }

  async close(): Promise<Blob> {
    await this.stream.close();
    return this.file.getFile();
  }

  async drop(): Promise<void> {
    await this.stream.abort().catch(() => undefined);
    await this.folder.removeEntry(this.file.name).catch(() => undefined);
  }
}

/** A place for so many bytes; null where the browser has none, and has to download by itself. */
export async function storeFor(size: number, name: string): Promise<Store | null> {
  if (size <= SMALL) return new Memory();
  try {
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    if (quota - usage < size * 1.1) return null;
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
    const file = await folder.getFileHandle(name, { create: true });
    return new Disk(folder, file, await file.createWritable());
  } catch {
    return null;
  }
}

/** Forget what earlier pages have left: the browser has copied it to where its person wanted it. */
export async function tidy(): Promise<void> {
  try {
    await (await navigator.storage.getDirectory()).removeEntry(FOLDER, { recursive: true });
  } catch {
    // There is nothing, or another page is using it.
  }
}
