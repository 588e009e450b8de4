/** Sentences of the API in which attributes go by Graph's names: the same with the words that the portal has for them. */
import { propertyName } from "./states";

const GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** Behind a name that says enough. */
const ID = new RegExp(` \\(${GUID}\\)`, "g");
/** `(conditions.users.includeGroups[])`: where in an object something is referred to. */
const PLACE = /\((?:[a-zA-Z]+\.)*([a-z][a-zA-Z]*)(?:\[\])*\)/g;
/** `jobTitle, department` in front of what is said of them. Names of objects are not written like that. */
const LEADING = /^(?:[a-z]+(?:[A-Z][a-zA-Z0-9]*)*(?:, )?)+(?= (?:differs?|was|is|are|goes|referred) )/;
const WITHIN = /\b(its|Its|the) ([a-z]+[A-Z][a-zA-Z0-9]*)\b/g;

/** "jobTitle is mastered on-premises" -> "Job title is mastered on-premises". */
export function spoken(sentence: string): string {
  return sentence
    .replace(ID, "")
    .replace(PLACE, (_, name: string) => `(${lower(name)})`)
    .replace(WITHIN, (_, whose: string, name: string) => `${whose} ${lower(name)}`)
    .replace(LEADING, (names) => (names === "it" ? names : listed(names.split(", "))));
}

export function isId(text: string): boolean {
  return new RegExp(`^${GUID}$`).test(text);
}

export function idsIn(text: string): string[] {
  return [...new Set(text.match(new RegExp(GUID, "g")))];
}

function listed([first = "", ...others]: string[]): string {
  return [propertyName(first), ...others.map(lower)].join(", ");
}

function lower(name: string): string {
  return propertyName(name).toLowerCase();
}
