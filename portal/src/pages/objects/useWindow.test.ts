import { describe, expect, it } from "vitest";
import { firstOf, windowOf } from "./useWindow";

const ROW = 44;

describe("the rows in the page", () => {
  it("cover the view wherever it stands, and are few", () => {
    const inView = 20;
    for (let top = 0; top < 100 * ROW; top += 7) {
      const { from, to } = windowOf(firstOf(top, ROW), inView, 100_000);
      expect(from * ROW).toBeLessThanOrEqual(top);
      expect(to * ROW).toBeGreaterThanOrEqual(top + inView * ROW);
      expect(to - from).toBeLessThan(inView + 30);
    }
  });

  it("stay the same while a frame of scrolling passes less than a few rows", () => {
    const changes = new Set(Array.from({ length: 100 }, (_, step) => firstOf(step * 10, ROW)));
    expect(changes.size).toBeLessThan(8);
  });

  it("end with the list, also when it became shorter", () => {
    expect(windowOf(96, 20, 100).to).toBe(100);
    expect(windowOf(5000, 20, 3)).toEqual({ from: 0, to: 3 });
    expect(windowOf(0, 20, 0)).toEqual({ from: 0, to: 0 });
  });
});
