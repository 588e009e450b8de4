import { describe, expect, it } from "vitest";
import { chosenBy, NOTHING } from "./selection";

const loaded = () => ["a", "b", "c"];

describe("choosing rows", () => {
  it("adds and takes away single ones", () => {
    const one = chosenBy(NOTHING, { row: "a", on: true }, loaded);
    expect([...chosenBy(one, { row: "b", on: true }, loaded).chosen]).toEqual(["a", "b"]);
    expect(chosenBy(one, { row: "a", on: false }, loaded).chosen.size).toBe(0);
  });

  it("of all that are loaded keeps what was chosen in another search", () => {
    const before = chosenBy(NOTHING, { row: "elsewhere", on: true }, loaded);
    const after = chosenBy(before, { loaded: true }, loaded);
    expect([...after.chosen]).toEqual(["elsewhere", "a", "b", "c"]);
    expect(after.isOfLoaded).toBe(true);
  });

  it("without one of all that match leaves the loaded ones without it", () => {
    const all = chosenBy(chosenBy(NOTHING, { loaded: true }, loaded), "all", loaded);
    const after = chosenBy(all, { row: "b", on: false }, loaded);
    expect(after.isAll).toBe(false);
    expect([...after.chosen]).toEqual(["a", "c"]);
  });

  it("is over at once", () => {
    expect(chosenBy(chosenBy(NOTHING, { loaded: true }, loaded), "none", loaded)).toEqual(NOTHING);
  });
});
