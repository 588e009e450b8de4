/** Moments and durations in the reader's language and zone. */
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STEPS: readonly [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86400, "hour", 3600],
  [86400 * 30, "day", 86400],
];

export function moment(iso: string): string {
  return MOMENT.format(new Date(iso));
}

export function exact(iso: string): string {
  return EXACT.format(new Date(iso));
}

/** "in 23 hours", "5 minutes ago"; the date itself when it is more than a month away. */
export function relative(iso: string, now: number = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 10) return "now";
  for (const [limit, unit, length] of STEPS) {
    if (distance < limit) return RELATIVE.format(Math.round(seconds / length), unit);
  }
  return moment(iso);
}

export function duration(from: string, to: string | number): string {
  const end = typeof to === "number" ? to : Date.parse(to);
  const seconds = Math.max(0, Math.round((end - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export const FREQUENCIES: readonly [minutes: number, words: string][] = [
  [1440, "Every 24 hours"],
  [720, "Every 12 hours"],
  [360, "Every 6 hours"],
  [60, "Every hour"],
  [15, "Every 15 minutes"],
];

export function frequency(minutes: number): string {
  return FREQUENCIES.find(([known]) => known === minutes)?.[1] ?? `Every ${minutes} minutes`;
}
