// What a step's form says, field by field. A group [data-field] of rows is one field: a line for each row.

export type Said = Map<string, string>;

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const own = new Set(["csrfmiddlewaretoken", "revision", "tab", "then"]);
const controls = (host: ParentNode): Control[] => [...host.querySelectorAll<Control>("input[name], textarea[name], select[name]")];

/** What is typed and chosen now. */
export function said(form: HTMLFormElement): Said {
  const found: Said = new Map();
  for (const group of form.querySelectorAll<HTMLElement>("[data-field]")) found.set(group.dataset["field"] ?? "", rowsOf(group));
  for (const each of controls(form)) {
    if (own.has(each.name) || "was" in each.dataset || each.closest("[data-field]") || (each instanceof HTMLInputElement && each.type === "file")) continue;
    const value = valueOf(each);
    if (value !== undefined) found.set(each.name, value);
    else if (!found.has(each.name)) found.set(each.name, "");
  }
  return found;
}

/** What is said otherwise than the server has it. */
export function changed(now: Said, base: Said): Said {
  return new Map([...now].filter(([name, value]) => (base.get(name) ?? "") !== value));
}

/** Put a value into its field; a group of rows takes as many as it has. */
export function put(form: HTMLFormElement, name: string, value: string): void {
  const group = form.querySelector<HTMLElement>(`[data-field="${name}"]`);
  if (group) {
    fill(group, value.split("\n").filter(Boolean));
    return;
  }
  for (const each of controls(form)) {
    if (each.name !== name) continue;
    if (each instanceof HTMLInputElement && (each.type === "radio" || each.type === "checkbox")) each.checked = each.value === value;
    else if (!(each instanceof HTMLSelectElement) || [...each.options].some((option) => option.value === value)) each.value = value;
  }
}

function valueOf(control: Control): string | undefined {
  if (!(control instanceof HTMLInputElement) || (control.type !== "radio" && control.type !== "checkbox")) return control.value.replace(/\r\n/g, "\n");
  return control.checked ? control.value : undefined;
}

function rowsOf(group: HTMLElement): string {
  const rows = [...group.querySelectorAll("[data-row]")].map((row) => controls(row).map((each) => each.value.trim()));
  return rows.filter((cells) => cells.some(Boolean)).map((cells) => cells.join(" ")).join("\n");
}

function fill(group: HTMLElement, lines: string[]): void {
  const rows = (): Element[] => [...group.querySelectorAll("[data-row]")];
  while (rows().length < lines.length) {
    const copy = rows().at(-1)?.cloneNode(true);
    if (!copy) return;
    rows().at(-1)?.after(copy);
  }
  for (const [place, row] of rows().entries()) {
    const cells = (lines[place] ?? "").split(" ");
    for (const [at, control] of controls(row).entries()) control.value = cells[at] ?? "";
  }
}
