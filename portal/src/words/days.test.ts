import { describe, expect, it } from "vitest";
import { byDay, changesOf, daysFrom, daysLeft, type Moment } from "./days";

const at = (number: number, sealed: Date, added = 0): Moment => ({
  number,
  sealed_at: sealed.toISOString(),
  result: "complete",
  added,
  changed: 1,
  removed: 0,
});

describe("days", () => {
  it("hold the backups of the reader's zone, the first one without its changes", () => {
    const starts = daysFrom(new Date(2026, 10, 23), 3);
    const days = byDay(starts, [
      at(3, new Date(2026, 10, 24, 23, 59), 2),
      at(2, new Date(2026, 10, 24, 0, 1)),
      at(1, new Date(2026, 10, 23, 12), 1000),
      at(9, new Date(2026, 10, 30)),
    ]);
    expect(days.map((day) => day.moments.map((one) => one.number))).toEqual([[1], [3, 2], []]);
    expect(days.map(changesOf)).toEqual([0, 4, 0]);
  });

  it("begin at midnight also where the clocks change", () => {
    const days = daysFrom(new Date(2026, 2, 28), 4);
    expect(days.map((day) => day.getDate())).toEqual([28, 29, 30, 31]);
    expect(days.every((day) => day.getHours() === 0)).toBe(true);
  });

  it("are counted down in the recycle bin", () => {
    const now = Date.parse("2026-11-24T12:00:00Z");
    expect(daysLeft("2026-12-23T12:00:01Z", now)).toBe("at least 29 days left");
    expect(daysLeft("2026-11-26T11:00:00Z", now)).toBe("at least 1 day left");
    expect(daysLeft("2026-11-25T11:00:00Z", now)).toBe("perhaps less than a day left");
    expect(daysLeft("2026-11-24T11:00:00Z", now)).toBe("may be gone for good");
  });
});
