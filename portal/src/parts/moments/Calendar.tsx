/** A month with the days that have snapshots. A day gives its last one. */
import {
  Button,
  makeStyles,
  mergeClasses,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  tokens,
  useArrowNavigationGroup,
} from "@fluentui/react-components";
import { CalendarRegular } from "@fluentui/react-icons/svg/calendar";
import { ChevronLeftRegular } from "@fluentui/react-icons/svg/chevron-left";
import { ChevronRightRegular } from "@fluentui/react-icons/svg/chevron-right";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { spanQuery } from "../../api/queries";
import { byDay, changesOf, daysFrom, type Day, type Moment } from "../../words/days";
import { counted } from "../../words/numbers";
import { useNow } from "../When";

const MONTH = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const LONG_DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const WEEK = 7;
const MONDAY = 1;

const useStyles = makeStyles({
  head: { display: "flex", alignItems: "center", justifyContent: "space-between" },
  table: {
    borderSpacing: "2px",
    tableLayout: "fixed",
    width: "min(294px, 100vw - 52px)", // room for the frame around it in a window of 320 pixels
    fontVariantNumeric: "tabular-nums",
  },
  weekday: { color: tokens.colorNeutralForeground2, fontWeight: tokens.fontWeightRegular, fontSize: tokens.fontSizeBase200 },
  cell: { textAlign: "center", padding: 0 },
  none: { color: tokens.colorNeutralForeground3 },
  day: { minWidth: "36px", width: "100%", padding: 0, position: "relative" },
  changed: {
    "::after": {
      content: "''",
      position: "absolute",
      bottom: "3px",
      width: "14px",
      height: "3px",
      borderRadius: "2px",
      backgroundColor: "currentcolor",
      "@media (forced-colors: active)": { backgroundColor: "ButtonText" },
    },
  },
});

interface Props {
  tenantId: string;
  /** When the shown snapshot was sealed. */
  shown: string | null;
  number: number;
  onChoose: (moment: Moment) => void;
}

export function CalendarButton(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      open={isOpen}
      onOpenChange={(_, data) => setOpen(data.open)}
      positioning={{ overflowBoundaryPadding: 8 }}
      trapFocus
      withArrow
    >
      <PopoverTrigger disableButtonEnhancement>
        <Button icon={<CalendarRegular />}>Calendar</Button>
      </PopoverTrigger>
      <PopoverSurface aria-label="Snapshots by day">
        <Month
          {...props}
          onChoose={(moment) => {
            setOpen(false);
            props.onChoose(moment);
          }}
        />
      </PopoverSurface>
    </Popover>
  );
}

function Month({ tenantId, shown, number, onChoose }: Props) {
  const styles = useStyles();
  const now = useNow();
  const arrows = useArrowNavigationGroup({ axis: "grid" });
  const [first, setFirst] = useState(() => firstOfMonth(shown ? new Date(shown) : new Date(), 0));
  const next = firstOfMonth(first, 1);
  const span = useQuery(spanQuery(tenantId, first.toISOString(), next.toISOString()));
  const length = Math.round((next.getTime() - first.getTime()) / 86_400_000);
  const days = byDay(daysFrom(first, length), span.data ?? []);
  const blanks = (first.getDay() - MONDAY + WEEK) % WEEK;
  const cells: (Day | null)[] = [...Array.from({ length: blanks }, () => null), ...days];
  const weeks = Array.from({ length: Math.ceil(cells.length / WEEK) }, (_, week) =>
    cells.slice(week * WEEK, (week + 1) * WEEK),
  );
  return (
    <>
      <div className={styles.head}>
        <Button
          appearance="subtle"
          aria-label="Month before"
          icon={<ChevronLeftRegular />}
          onClick={() => setFirst(firstOfMonth(first, -1))}
        />
        <Text weight="semibold" aria-live="polite">
          {MONTH.format(first)}
        </Text>
        <Button
          appearance="subtle"
          aria-label="Month after"
          icon={<ChevronRightRegular />}
          disabledFocusable={next.getTime() > now}
          onClick={() => setFirst(next)}
        />
      </div>
      <table className={styles.table} aria-label={MONTH.format(first)} {...arrows}>
        <thead>
          <tr>
            {daysFrom(new Date(2024, 0, MONDAY), WEEK).map((day) => (
              <th key={day.getTime()} scope="col" className={styles.weekday}>
                {WEEKDAY.format(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, index) => (
            <tr key={index}>
              {week.map((day, place) => (
                <td key={place} className={styles.cell}>
                  {day && <DayCell day={day} number={number} onChoose={onChoose} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {span.isError && <Text>The snapshots of this month could not be read.</Text>}
    </>
  );
}

function DayCell({ day, number, onChoose }: { day: Day; number: number; onChoose: (moment: Moment) => void }) {
  const styles = useStyles();
  const last = day.moments[0];
  if (last === undefined) return <Text className={styles.none}>{day.start.getDate()}</Text>;
  const isShown = day.moments.some((one) => one.number === number);
  const changes = changesOf(day);
  return (
    <Button
      size="small"
      className={mergeClasses(styles.day, changes > 0 && styles.changed)}
      appearance={isShown ? "primary" : "outline"}
      aria-pressed={isShown}
      aria-label={`${LONG_DAY.format(day.start)}: ${counted(day.moments.length, "snapshot")}, ${counted(changes, "change")}`}
      onClick={() => onChoose(last)}
    >
      {day.start.getDate()}
    </Button>
  );
}

function firstOfMonth(moment: Date, offset: number): Date {
  return new Date(moment.getFullYear(), moment.getMonth() + offset, 1);
}
