/** Graph's properties in groups that a person understands. The first rule that fits decides. */
const RULES: readonly [group: string, fits: RegExp][] = [
  ["On-premises", /^onPremises|^isAssignableToRole$|Sync/],
  ["Licences", /licen[cs]e|Plans$|sku/i],
  ["Work", /^(jobTitle|department|companyName|employee|officeLocation|hire)/i],
  ["Contact", /phone|fax|mails?$|proxyAddresses|imAddresses|street|city|^state$|postalCode|country|location|language/i],
  ["Account and security", /enabled|password|security|signIn|identit|userType|creationType|ageGroup|legal|consent|external|credential|visibility/i],
  ["Identity", /name|^id$|^appId$|description|^uniqueName$/i],
];
const ORDER = ["Identity", "Work", "Contact", "Account and security", "Licences", "On-premises", "More"];

export function grouped(properties: Record<string, unknown>): [group: string, names: string[]][] {
  const groups = new Map<string, string[]>(ORDER.map((name) => [name, []]));
  for (const name of Object.keys(properties).toSorted()) {
    const group = RULES.find(([, fits]) => fits.test(name))?.[0] ?? "More";
    groups.get(group)?.push(name);
  }
  return [...groups].filter(([, names]) => names.length > 0);
}
