// Texts that the server's templates hold, translated, as <template data-say="name">; {name} stands for a value.

export type Values = Record<string, string | number>;

export function text(host: ParentNode, name: string, values: Values = {}): string {
  const found = host.querySelector<HTMLTemplateElement>(`template[data-say="${name}"]`)?.content.textContent ?? "";
  return found.trim().replace(/\s+/g, " ").replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
}

/** The token without which the server takes nothing from this page. */
export const token = (): string => document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
