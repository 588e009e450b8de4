/** A value in a few words, where there is no room for all of it. */
const MOST = 60;

export function shortly(value: unknown): string {
  if (value === null || value === undefined || value === "") return "empty";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) {
    if (value.length === 0) return "empty";
    return value.every((one) => typeof one === "string" || typeof one === "number")
      ? cut(value.join(", "))
      : `${value.length} ${value.length === 1 ? "entry" : "entries"}`;
  }
  return cut(typeof value === "string" ? value : JSON.stringify(value));
}

function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

/** An object that needs no more than a line for each of its parts. */
export function isFlat(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const parts: unknown[] = Object.values(value);
  return parts.length > 0 && parts.every((part) => typeof part !== "object" || part === null || isEmptyList(part));
}

function isEmptyList(value: object): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Of what the API leaves open: the text under that name, if there is one. */
export function textIn(bag: Record<string, unknown>, name: string): string | null {
  const value = bag[name];
  return typeof value === "string" && value !== "" ? value : null;
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
