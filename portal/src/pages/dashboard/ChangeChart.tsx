/** Changes per day over two weeks. It is asked for when the card comes into view: there may be many. */
import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Tenant } from "../../api/client";
import { spanQuery } from "../../api/queries";
import { byDay, changesOf, daysFrom, startOfDay, type Day } from "../../words/days";
import { count, counted } from "../../words/numbers";

const DAYS = 14;
const HEIGHT = 36;
const BAR = 14;
const GAP = 4;
const LEAST = 2;
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const PARTS = ["removed", "changed", "added"] as const;
const WORDS = { added: "new", changed: "changed", removed: "removed" };

const useStyles = makeStyles({
  frame: { display: "grid", gap: tokens.spacingVerticalXXS, minHeight: "60px" },
  chart: { width: "100%", height: `${HEIGHT}px`, display: "block" },
  added: { fill: tokens.colorPaletteGreenForeground3 },
  changed: { fill: tokens.colorBrandForeground1 },
  removed: { fill: tokens.colorPaletteRedForeground3 },
  none: { fill: tokens.colorNeutralStroke1 },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function ChangeChart({ tenant }: { tenant: Tenant }) {
  const styles = useStyles();
  const [frame, isSeen] = useSeen();
  const today = startOfDay(new Date());
  const first = new Date(today.getFullYear(), today.getMonth(), today.getDate() - DAYS + 1);
  const end = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
  const span = useQuery({
    ...spanQuery(tenant.id, first.toISOString(), end.toISOString()),
    enabled: isSeen,
    staleTime: 5 * 60_000,
  });
  const days = byDay(daysFrom(first, DAYS), span.data ?? []);
  const all = days.reduce((sum, day) => sum + changesOf(day), 0);
  return (
    <div ref={frame} className={styles.frame}>
      {span.data && (
        <>
          <Bars days={days} all={all} />
          <Text size={200} className={styles.quiet}>
            {all === 0 ? "No changes" : counted(all, "change")} in {DAYS} days
          </Text>
        </>
      )}
      {span.isError && (
        <Text size={200} className={styles.quiet}>
          The changes of the last days could not be read.
        </Text>
      )}
    </div>
  );
}

function Bars({ days, all }: { days: Day[]; all: number }) {
  const styles = useStyles();
  const most = Math.max(1, ...days.map(changesOf));
  const width = DAYS * BAR + (DAYS - 1) * GAP;
  return (
    <svg
      className={styles.chart}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Changes per day: ${count(all)} in ${DAYS} days. ${busiest(days)}`}
    >
      {days.map((day, index) => {
        let bottom = HEIGHT;
        return (
          <g key={day.start.getTime()}>
            <title>{dayWords(day)}</title>
            <rect x={index * (BAR + GAP)} y={0} width={BAR} height={HEIGHT} fill="transparent" />
            <rect x={index * (BAR + GAP)} y={HEIGHT - 1} width={BAR} height={1} className={styles.none} />
            {PARTS.map((part) => {
              if (day[part] === 0) return null;
              const height = Math.max(LEAST, (day[part] / most) * (HEIGHT - LEAST * PARTS.length));
              bottom -= height;
              return (
                <rect key={part} x={index * (BAR + GAP)} y={bottom} width={BAR} height={height} className={styles[part]} />
              );
            })}
          </g>
        );
      })}
    </svg>
  );
}

function dayWords(day: Day): string {
  const parts = PARTS.toReversed()
    .filter((part) => day[part] > 0)
    .map((part) => `${count(day[part])} ${WORDS[part]}`);
  const found = parts.length ? parts.join(", ") : day.moments.length ? "no changes" : "no backup";
  return `${SHORT_DAY.format(day.start)}: ${found}`;
}

function busiest(days: Day[]): string {
  const most = days.toSorted((a, b) => changesOf(b) - changesOf(a))[0];
  return most && changesOf(most) > 0 ? `Most on ${dayWords(most)}.` : "";
}

function useSeen(): [React.RefObject<HTMLDivElement | null>, boolean] {
  const frame = useRef<HTMLDivElement>(null);
  const [isSeen, tell] = useState(false);
  useEffect(() => {
    const watched = frame.current;
    if (watched === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        tell(true);
        observer.disconnect();
      }
    });
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return [frame, isSeen];
}
