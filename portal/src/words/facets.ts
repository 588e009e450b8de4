/** What facets of objects and their values are called, in lists and in filters. */
import { counted } from "./numbers";
import { propertyName } from "./states";

/** Answered by looking through the objects: its pages may be short or empty, and removed objects have none. */
export const ENDING = "credentialsEnd";

const NAMES: Record<string, string> = {
  credentials: "Credentials",
  credentialsEnd: "Secret or certificate ends",
  isCompliant: "Compliant",
  isManaged: "Managed",
  owner: "Owned by",
  roleAssignable: "For roles",
  synced: "Synced",
  trustType: "Joined",
};
const VALUES: Record<string, Record<string, string>> = {
  credentials: { both: "Secret and certificate" },
  credentialsEnd: { ended: "has ended" },
  kind: { microsoft365: "Microsoft 365", mailEnabledSecurity: "Mail-enabled security" },
  operatingSystem: { iOS: "iOS", MacMDM: "macOS" },
  owner: { this: "This tenant", other: "Another organization", microsoft: "Microsoft", none: "Nobody" },
  signInAudience: {
    AzureADMyOrg: "This tenant",
    AzureADMultipleOrgs: "Any organization",
    AzureADandPersonalMicrosoftAccount: "Any organization or personal account",
    PersonalMicrosoftAccount: "Personal accounts",
  },
  trustType: { AzureAd: "Entra joined", ServerAd: "Hybrid joined", Workplace: "Registered", none: "Not joined" },
};
const YES_OR_NO: Record<string, string> = { true: "Yes", false: "No" };
/** Of these a value is a word of ours or of Graph's, and not somebody's own text. */
const OF_WORDS = new Set([
  ...["accountEnabled", "consentType", "kind", "licensed", "membership", "servicePrincipalType", "state", "userType"],
  ...Object.keys(NAMES),
]);

export function facetName(facet: string): string {
  return NAMES[facet] ?? propertyName(facet);
}

/** `enabledForReportingButNotEnforced` -> "Enabled for reporting but not enforced"; other people's texts as they stand. */
export function facetValue(facet: string, value: string): string {
  if (facet === ENDING && /^\d+$/.test(value)) return `in ${counted(Number(value), "day")} at most`;
  const known = VALUES[facet]?.[value];
  return known ?? (OF_WORDS.has(facet) ? (YES_OR_NO[value] ?? propertyName(value)) : value);
}
