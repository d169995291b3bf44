// What is typed into a list of actions while the server has its next state in hand: the answer brings the actions anew,
// as they were when the button was pressed, and what was typed since is put into them where they stand now.

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

interface Typed {
  place: string; // of the action, before the answer
  name: string; // of the field within it
  value: string;
  selection: [number, number] | null; // where the caret stood, if it stood here
}

const FIELDS = "[data-action] .action-fields :is(input, select, textarea)[name]";
const within = (field: Field): string => field.name.slice(field.name.indexOf("-") + 1);

export class TypedMeanwhile {
  private pressed = new Map<Field, string>();
  private from: Element | null = null; // what had the focus then
  private typed: Typed[] = [];

  constructor(private readonly list: HTMLElement) {}

  /** Remember what the fields say as a button is pressed. */
  begin(): void {
    this.pressed = new Map(this.fields.map((field) => [field, field.value]));
    this.from = document.activeElement;
  }

  /** Note what has changed since, before the answer takes the fields away. */
  note(): void {
    this.typed = this.fields
      .filter((field) => this.pressed.has(field) && (this.isChanged(field) || this.isTypedIn(field)))
      .map((field) => ({
        place: field.closest<HTMLElement>("[data-action]")?.dataset["action"] ?? "",
        name: within(field),
        value: field.value,
        selection: this.caret(field),
      }));
  }

  /** Put it into the same actions of the answer; return whether somebody still types in one of them. */
  putBack(): boolean {
    let isTyping = false;
    for (const { place, name, value, selection } of this.typed.splice(0)) {
      const action = this.list.querySelector(`[data-action][data-origin="${place}"]`);
      const field = this.fields.find((each) => action?.contains(each) && within(each) === name);
      if (!field || this.pressed.has(field)) continue; // taken off, or the answer has left it as it was
      if (field.value !== value) {
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true })); // its slider follows, and it is saved
      }
      if (!selection) continue;
      field.focus();
      if (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type === "text"))
        field.setSelectionRange(...selection);
      isTyping = true;
    }
    return isTyping;
  }

  private get fields(): Field[] {
    return [...this.list.querySelectorAll<Field>(FIELDS)];
  }

  private isChanged(field: Field): boolean {
    return this.pressed.get(field) !== field.value;
  }

  private isTypedIn(field: Field): boolean {
    return field === document.activeElement && (field !== this.from || this.isChanged(field));
  }

  private caret(field: Field): [number, number] | null {
    if (!this.isTypedIn(field)) return null;
    const at = field instanceof HTMLSelectElement ? 0 : (field.selectionStart ?? field.value.length);
    return [at, field instanceof HTMLSelectElement ? 0 : (field.selectionEnd ?? at)];
  }
}
