/** Microsoft Graph's permissions as sentences for whoever is asked to consent. */

/** What comes before the verb in a permission's name, where its words are not what people say. */
const NOUNS: Record<string, string> = {
  Directory: "directory data",
  GroupMember: "group memberships",
  GroupSettings: "group settings",
  Policy: "your organization's policies",
  Organization: "the organization's information",
  "User-Mail": "mail addresses of users",
  "User-PasswordProfile": "passwords of users",
  "User-Phone": "phone numbers of users",
};

const SENTENCES: Record<string, string> = {
  "Member.Read.Hidden": "Read hidden memberships",
  "RoleManagement.Read.Directory": "Read roles and role assignments",
  "RoleManagement.ReadWrite.Directory": "Read and write roles and role assignments",
  "Policy.ReadWrite.ConditionalAccess": "Read and write Conditional Access policies",
  "User.DeleteRestore.All": "Delete and restore users",
  "User.EnableDisableAccount.All": "Enable and disable accounts of users",
  "User.Invite.All": "Invite guests",
  "User.ManageIdentities.All": "Manage the sign-in identities of users",
};

/** "Read all groups". A permission that is not known here keeps its own name. */
export function permissionWords(name: string): string {
  const [, noun = "", verb] = /^(.+)\.(Read|ReadWrite)\.All$/.exec(name) ?? [];
  if (SENTENCES[name] !== undefined || verb === undefined) return SENTENCES[name] ?? name;
  const does = verb === "Read" ? "Read" : "Read and write";
  return `${does} ${NOUNS[noun] ?? `all ${noun.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()}s`}`;
}
