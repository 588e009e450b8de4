import { describe, expect, it } from "vitest";
import { choicesOf, filtersOf, leftBy, notOffered, textOf } from "./filters";

const KIND = {
  facet: "kind",
  values: [
    { value: "security", objects: 4 },
    { value: "distribution", objects: 0 },
  ],
  earlier: 0,
};

describe("filters", () => {
  it("stand in an address and come back", () => {
    expect(textOf(filtersOf("kind:security,synced:true"))).toBe("kind:security,synced:true");
    expect(textOf(new Map([["kind", ""]]))).toBeUndefined();
    const odd = new Map([["operatingSystem", "A,b: 50 %2C"], ["isManaged", "true"]]);
    expect(filtersOf(textOf(odd))).toEqual(odd);
    expect([...filtersOf("operatingSystem:50 %")]).toEqual([["operatingSystem", "50 %"]]);
  });

  it("offer what is there, and what is chosen", () => {
    const documented = ["security", "distribution"];
    const values = (chosen?: string) => choicesOf("kind", documented, [KIND], chosen).map(({ value }) => value);
    expect(values()).toEqual(["security"]);
    expect(values("distribution")).toEqual(documented);
    expect(values("nonsense")).toEqual(["security", "nonsense"]);
    expect(choicesOf("kind", documented, undefined, undefined).map(({ objects }) => objects)).toEqual([null, null]);
  });

  it("tell how many objects one of them leaves, and of several nothing", () => {
    expect(leftBy(filtersOf("kind:security"), [KIND])).toBe(4);
    expect(leftBy(filtersOf("kind:security"), undefined)).toBeNull();
    expect(leftBy(filtersOf("kind:nonsense"), [KIND])).toBeNull();
    expect(leftBy(filtersOf("kind:security,synced:true"), [KIND])).toBeNull();
    expect(leftBy(new Map(), [KIND])).toBeNull();
  });

  it("are not offered where some objects were listed without them", () => {
    expect(notOffered([KIND])).toEqual({ facets: [], objects: 0 });
    expect(notOffered([KIND, { ...KIND, facet: "synced", earlier: 3 }])).toEqual({ facets: ["synced"], objects: 3 });
    expect(notOffered(undefined)).toEqual({ facets: [], objects: 0 });
  });
});
