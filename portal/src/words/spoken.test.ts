import { describe, expect, it } from "vitest";
import { spoken } from "./spoken";

const ID = "83acfb7e-b596-41d2-9b5c-56d34e3d4d0f";

describe("sentences of plans", () => {
  it("say attributes in the portal's words", () => {
    expect(spoken("jobTitle is mastered on-premises: change it there.")).toBe(
      "Job title is mastered on-premises: change it there.",
    );
    expect(spoken("jobTitle, usageLocation differ from the snapshot")).toBe(
      "Job title, usage location differ from the snapshot",
    );
    expect(spoken("it was among the registeredOwners in the snapshot")).toBe(
      "it was among the registered owners in the snapshot",
    );
  });

  it("say where something is referred to without Graph's path, and no id behind a name", () => {
    expect(spoken(`It refers to Pilots (${ID}) (conditions.users.includeGroups[]), which no longer exists.`)).toBe(
      "It refers to Pilots (include groups), which no longer exists.",
    );
    expect(spoken(`It refers to ${ID} (principalId).`)).toBe(`It refers to ${ID} (principal id).`);
  });

  it("leave names of objects and other words as they are", () => {
    for (const text of [
      "eDiscovery managers refers to it and cannot be undone in whole, so it stays.",
      "Its members had iPhone users, which no longer exists.",
      "it lies in the recycle bin and comes back with its id, memberships and assignments",
      "once it is back, its manager is compared with the snapshot and put right",
    ]) {
      expect(spoken(text)).toBe(text);
    }
  });
});
