import { describe, expect, it } from "vitest";
import type { Tenant } from "../api/client";
import { facetName, facetValue } from "./facets";
import { grouped } from "./groups";
import { counted, size } from "./numbers";
import { propertyName, tenantState } from "./states";
import { isFlat } from "./values";
import { duration, frequency, relative } from "./time";

const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("moments", () => {
  it("are told by the unit that fits", () => {
    expect(relative("2026-11-24T12:00:03Z", NOW)).toBe("now");
    expect(relative("2026-11-24T11:55:00Z", NOW)).toBe("5 minutes ago");
    expect(relative("2026-11-25T11:00:00Z", NOW)).toBe("in 23 hours");
    expect(relative("2026-11-21T12:00:00Z", NOW)).toBe("3 days ago");
  });

  it("have durations that never run backwards", () => {
    expect(duration("2026-11-24T12:00:00Z", "2026-11-24T12:00:41Z")).toBe("41 s");
    expect(duration("2026-11-24T12:00:00Z", "2026-11-24T13:01:00Z")).toBe("1 h 1 min");
    expect(duration("2026-11-24T12:00:05Z", "2026-11-24T12:00:00Z")).toBe("0 s");
  });

  it("come back as often as was chosen", () => {
    expect(frequency(1440)).toBe("Every 24 hours");
    expect(frequency(30)).toBe("Every 30 minutes");
  });
});

describe("numbers", () => {
  it("are counted with the right noun", () => {
    expect(counted(1, "object")).toBe("1 object");
    expect(counted(0, "object")).toBe("0 objects");
  });

  it("of bytes have a unit", () => {
    expect(size(999)).toBe("999 bytes");
    expect(size(242_600)).toBe("242.6 KB");
    expect(size(5_000_000_000_000_000)).toBe("5000.0 TB");
  });
});

describe("properties", () => {
  it("read as words", () => {
    expect(propertyName("userPrincipalName")).toBe("User principal name");
    expect(propertyName("id")).toBe("Id");
  });

  it("have values that are offered in words", () => {
    expect(facetValue("synced", "true")).toBe("Yes");
    expect(facetValue("credentialsEnd", "30")).toBe("in 30 days at most");
    expect(facetValue("operatingSystem", "MacMDM")).toBe("macOS");
    expect(facetValue("operatingSystem", "SomethingNew")).toBe("SomethingNew");
    expect(facetValue("state", "enabledForReportingButNotEnforced")).toBe("Enabled for reporting but not enforced");
    expect(facetValue("kind", "mailEnabledSecurity")).toBe("Mail-enabled security");
    expect(facetName("trustType")).toBe("Joined");
  });

  it("have values of other people that stay as they are", () => {
    expect(facetValue("mailNickname", "true")).toBe("true");
    expect(facetValue("mail", "noReply@x.y")).toBe("noReply@x.y");
  });

  it("stand in groups and none is lost", () => {
    const properties = { displayName: "", jobTitle: "", onPremisesSyncEnabled: true, assignedLicenses: [], strange: 1 };
    const found = new Map(grouped(properties));
    expect(found.get("Identity")).toEqual(["displayName"]);
    expect(found.get("Work")).toEqual(["jobTitle"]);
    expect(found.get("On-premises")).toEqual(["onPremisesSyncEnabled"]);
    expect(found.get("More")).toEqual(["strange"]);
    expect([...found.values()].flat().toSorted()).toEqual(Object.keys(properties).toSorted());
  });
});

describe("a tenant", () => {
  const healthy = {
    state: "healthy",
    needs_consent_reason: null,
    last_backup: { status: "succeeded", percent: 100, message: null },
    last_snapshot: { result: "complete" },
  } as unknown as Tenant;
  const like = (changes: object) => tenantState({ ...healthy, ...changes });

  it("is healthy only when everything is", () => {
    expect(like({}).tone).toBe("good");
    expect(like({ last_snapshot: { result: "partial" } }).tone).toBe("attention");
    expect(like({ last_snapshot: { result: "suspicious" } }).tone).toBe("bad");
    expect(like({ last_snapshot: null }).tone).not.toBe("good");
    expect(like({ last_backup: { status: "failed", message: "Disk full." } }).hint).toBe("Disk full.");
  });

  it("that lost its consent is never green, whatever its last backup was", () => {
    expect(like({ state: "needs_consent", needs_consent_reason: "Revoked." })).toMatchObject({
      key: "needs-consent",
      tone: "bad",
      hint: "Revoked.",
    });
  });
});

describe("a value that is an object", () => {
  it("is read line by line when nothing lies deeper", () => {
    expect(isFlat({ costCenter: "CC010", division: null, disabledPlans: [] })).toBe(true);
    expect([null, "text", [], {}, { deeper: { one: 1 } }, { several: ["a"] }].map(isFlat)).toEqual(Array(6).fill(false));
  });
});
