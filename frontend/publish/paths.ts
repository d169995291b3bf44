// What was chosen or dropped: files under their paths in the model's folder, without what no buyer wants.

export interface Found {
  file: File;
  path: string;
}

const hidden = new Set([".git", ".gitattributes", ".gitignore", ".DS_Store", "Thumbs.db", "__pycache__", ".cache", ".ipynb_checkpoints", "__MACOSX"]);

/** Whether a path is of what systems and tools leave behind. */
export const isSkipped = (path: string): boolean => path.split("/").some((name) => hidden.has(name));

const pickles = new Set(["bin", "ckpt", "joblib", "pickle", "pkl", "pt", "pth"]);

/** Why a file is surely refused, by the end of its name: it need not be sent to be told. Empty where it may do. */
export const refusalOf = (path: string): "" | "pickle" => (pickles.has(path.slice(path.lastIndexOf(".") + 1).toLowerCase()) ? "pickle" : "");

/** Take off the one folder that all of it is in: what was dropped is the model's folder itself. */
export function inFolder(found: Found[]): Found[] {
  const [first] = found;
  const top = first?.path.includes("/") ? first.path.slice(0, first.path.indexOf("/") + 1) : "";
  if (!top || !found.every((each) => each.path.startsWith(top)) || top.endsWith(".mlpackage/")) return found;
  return found.map((each) => ({ ...each, path: each.path.slice(top.length) }));
}

/** What an input has: a folder's files say where in it they are. */
export const chosen = (input: HTMLInputElement): Found[] =>
  inFolder([...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name })));

/** What was dropped, folders with all that is in them. Entries have to be taken at once: they are gone after the event. */
export async function dropped(transfer: DataTransfer): Promise<Found[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, path: file.name }));
  return inFolder((await Promise.all(entries.map((entry) => under(entry, "")))).flat());
}

async function under(entry: FileSystemEntry, folder: string): Promise<Found[]> {
  const path = folder + entry.name;
  if (isSkipped(path)) return [];
  if (entry.isFile) return [{ file: await fileOf(entry as FileSystemFileEntry), path }];
  const inside = await entriesOf((entry as FileSystemDirectoryEntry).createReader());
  return (await Promise.all(inside.map((each) => under(each, `${path}/`)))).flat();
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader gives at most a hundred at a time, and none at the end. */
async function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
  return some.length === 0 ? [] : [...some, ...(await entriesOf(reader))];
}
