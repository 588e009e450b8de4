import { describe, expect, it } from "vitest";
import { isOnlyAdministrator, personState, type Person } from "./people";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const ada: Person = {
  id: "1",
  name: "Ada",
  role: "admin",
  tenants: null,
  state: "active",
  created_at: "2026-11-01T00:00:00Z",
  last_sign_in_at: null,
  invitation_ends_at: null,
};

describe("people", () => {
  it("tells an ended link from one that may still be used", () => {
    const invited = { ...ada, state: "invited" as const };
    const state = (end: string | null) => personState({ ...invited, invitation_ends_at: end }, NOW).key;
    expect(state("2026-11-25T00:00:00Z")).toBe("invited");
    expect(state("2026-11-24T00:00:00Z")).toBe("link-ended");
    expect(state(null)).toBe("link-ended");
  });

  it("counts administrators who can sign in", () => {
    const others: Person[] = [
      { ...ada, id: "2", state: "disabled" },
      { ...ada, id: "3", state: "invited" },
      { ...ada, id: "4", role: "operator" },
      { ...ada, id: "6", tenants: ["one"] },
    ];
    expect(isOnlyAdministrator(ada, [ada, ...others])).toBe(true);
    expect(isOnlyAdministrator(ada, [ada, { ...ada, id: "5" }])).toBe(false);
  });
});
