import { describe, expect, it } from "vitest";
import { endingOf } from "./credentials";

const NOW = Date.parse("2026-11-24T12:00:00Z");

function credential(added: string, ends: string | null, purpose: "backup" | "restore" = "backup") {
  return { tenant_id: "t", purpose, client_id: "c", kind: "certificate" as const, added_at: added, ends_at: ends };
}

describe("credentials to renew", () => {
  it("end within a month, or have ended", () => {
    const found = endingOf(
      [
        credential("2026-01-01T00:00:00Z", "2026-12-13T12:00:00Z"),
        credential("2026-01-01T00:00:00Z", "2026-11-01T12:00:00Z", "restore"),
      ],
      NOW,
    );
    expect(found.map((one) => one.state.words)).toEqual(["Ends in 19 days", "Has ended"]);
  });

  it("are none when the newest has time, or nobody knows its end", () => {
    const old = credential("2026-01-01T00:00:00Z", "2026-12-13T12:00:00Z");
    expect(endingOf([credential("2026-11-24T00:00:00Z", "2027-12-01T00:00:00Z"), old], NOW)).toEqual([]);
    expect(endingOf([old, credential("2026-11-24T00:00:00Z", null)], NOW)).toEqual([]);
  });
});
