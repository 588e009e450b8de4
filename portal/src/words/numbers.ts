const WHOLE = new Intl.NumberFormat();
const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

export function count(value: number): string {
  return WHOLE.format(value);
}

/** "1 object", "2 objects"; the plural of irregular nouns is given. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
