import { describe, expect, it } from "vitest";
import { chosenBy, heard, NOTHING, told, type Kept, type Selection } from "./selection";

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

const some = (...ids: string[]): Selection => ({ ...NOTHING, chosen: new Set(ids) });

function tab(): Kept {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => void kept.set(key, text) };
}

describe("an address", () => {
  it.each([NOTHING, some("a"), some("a", "b"), { ...NOTHING, isAll: true }])("tells what is chosen: %j", (selection) => {
    expect(heard(told(selection, "users", tab()), "users", tab())).toEqual(selection);
  });

  it("too long to be sent is one that this tab keeps, for this list", () => {
    const [here, elsewhere] = [tab(), tab()];
    const many = some(...Array.from({ length: 500 }, (_, number) => `object-${number}`));
    const text = told(many, "users", here);
    expect(text?.length).toBeLessThan(10);
    expect(heard(text, "users", here)).toEqual(many);
    expect(heard(text, "groups", here)).toEqual(NOTHING);
    expect(heard(text, "users", elsewhere)).toEqual(NOTHING);
  });

  it("is written where a browser keeps nothing", () => {
    const full: Kept = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("QuotaExceededError");
      },
    };
    const many = some(...Array.from({ length: 500 }, (_, number) => `object-${number}`));
    expect(heard(told(many, "users", full), "users", full)).toEqual(NOTHING);
  });
});
