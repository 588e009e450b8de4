/** Which moment everything below shows: a snapshot of the list, of the slider, of the calendar, or the last one before a
 * date and time. */
import { Button, Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { timelineQuery } from "../../api/queries";
import { changesOf, type Moment } from "../../words/days";
import { counted } from "../../words/numbers";
import { moment } from "../../words/time";
import { CalendarButton } from "./Calendar";
import { SnapshotSlider } from "./SnapshotSlider";

const OLDER = "older";
const NEWER = "newer";
const MOMENT = "moment";

const useStyles = makeStyles({
  row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "end" },
  field: {
    flex: "0 1 340px",
    minWidth: "min(260px, 100%)",
    maxWidth: "100%",
    gridTemplateColumns: "minmax(0, 1fr)", // a long choice is cut
    "@media (max-width: 640px)": { flexBasis: "100%" },
  },
});

interface Props {
  tenantId: string;
  snapshot: string;
  /** Of the snapshot that is shown. */
  number: number;
  sealedAt: string | null;
  onChange: (snapshot: string) => void;
}

export function SnapshotPicker({ tenantId, snapshot, number, sealedAt, onChange }: Props) {
  const styles = useStyles();
  const [until, setUntil] = useState<string | null>(null);
  const list = useInfiniteQuery(timelineQuery(tenantId, until));
  const [isMoment, setMoment] = useState(false);
  const [text, setText] = useState("");
  const known = list.data?.pages.flatMap((page) => page.value) ?? [];
  const newest = known[0];
  const isListed = known.some((one) => one.number === number);

  function choose(one: Moment): void {
    setMoment(false);
    onChange(until === null && one.number === newest?.number ? "latest" : String(one.number));
  }

  function act(value: string): void {
    if (value === OLDER) void list.fetchNextPage();
    else if (value === NEWER) setUntil(null);
    else if (value === MOMENT) setMoment(true);
    else {
      setMoment(false);
      onChange(value);
    }
  }

  return (
    <div className={styles.row}>
      <Field label="Snapshot" className={styles.field}>
        <Select value={isMoment ? MOMENT : snapshot} onChange={(_, data) => act(data.value)}>
          <option value="latest">Latest</option>
          {snapshot !== "latest" && !known.some((one) => String(one.number) === snapshot) && (
            <option value={snapshot}>{momentWords(snapshot)}</option>
          )}
          {until !== null && <option value={NEWER}>Show the newest ones</option>}
          {known.map((one) => (
            <option key={one.number} value={String(one.number)}>
              {snapshotWords(one)}
            </option>
          ))}
          {list.hasNextPage && <option value={OLDER}>Load older ones</option>}
          <option value={MOMENT}>At a date and time</option>
        </Select>
      </Field>
      {known.length > 1 && <SnapshotSlider moments={known} number={isListed ? number : null} onChoose={choose} />}
      <CalendarButton
        tenantId={tenantId}
        shown={sealedAt}
        number={number}
        onChoose={(one) => {
          // What is older than the list begins a list of its own.
          if (!known.some((listed) => listed.number === one.number)) setUntil(one.sealed_at);
          choose(one);
        }}
      />
      {isMoment && (
        <>
          <Field label="As it was at">
            <Input type="datetime-local" value={text} onChange={(_, data) => setText(data.value)} />
          </Field>
          <Button
            disabled={!text}
            onClick={() => {
              setMoment(false);
              onChange(new Date(text).toISOString());
            }}
          >
            Show
          </Button>
        </>
      )}
    </div>
  );
}

export function snapshotWords(one: Moment): string {
  const result = one.result === "complete" ? "" : ` · ${one.result ?? ""}`;
  return `${one.number} · ${moment(one.sealed_at)} · ${counted(changesOf(one), "change")}${result}`;
}

function momentWords(snapshot: string): string {
  return /^\d{4}-/.test(snapshot) ? `As it was at ${moment(snapshot)}` : `Snapshot ${snapshot}`;
}
