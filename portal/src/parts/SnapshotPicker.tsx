/** Which moment everything below shows: a snapshot of the list, or the last one before a date and time. */
import { Button, Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Snapshot } from "../api/client";
import { snapshotsQuery } from "../api/queries";
import { counted } from "../words/numbers";
import { moment } from "../words/time";

const OLDER = "older";
const MOMENT = "moment";

const useStyles = makeStyles({
  row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "end" },
  field: { minWidth: "min(320px, 100%)", maxWidth: "100%" },
});

interface Props {
  tenantId: string;
  snapshot: string;
  onChange: (snapshot: string) => void;
}

export function SnapshotPicker({ tenantId, snapshot, onChange }: Props) {
  const styles = useStyles();
  const list = useInfiniteQuery(snapshotsQuery(tenantId));
  const [isMoment, setMoment] = useState(false);
  const [text, setText] = useState("");
  const known = list.data?.pages.flatMap((page) => page.value).filter((one) => one.sealed_at !== null) ?? [];
  const isListed = snapshot === "latest" || known.some((one) => String(one.number) === snapshot);

  function choose(value: string): void {
    if (value === OLDER) void list.fetchNextPage();
    else if (value === MOMENT) setMoment(true);
    else {
      setMoment(false);
      onChange(value);
    }
  }

  return (
    <div className={styles.row}>
      <Field label="Snapshot" className={styles.field}>
        <Select value={isMoment ? MOMENT : snapshot} onChange={(_, data) => choose(data.value)}>
          <option value="latest">Latest</option>
          {!isListed && <option value={snapshot}>{momentWords(snapshot)}</option>}
          {known.map((one) => (
            <option key={one.number} value={String(one.number)}>
              {words(one)}
            </option>
          ))}
          {list.hasNextPage && <option value={OLDER}>Load older ones</option>}
          <option value={MOMENT}>At a date and time</option>
        </Select>
      </Field>
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

function words(snapshot: Snapshot): string {
  const changes = Object.values(snapshot.types as Record<string, Record<string, unknown>>).reduce(
    (sum, type) => sum + ["added", "changed", "removed"].reduce((s, name) => s + Number(type[name] ?? 0), 0),
    0,
  );
  const result = snapshot.result === "complete" ? "" : ` · ${snapshot.result ?? ""}`;
  return `${snapshot.number} · ${moment(snapshot.sealed_at ?? snapshot.started_at)} · ${counted(changes, "change")}${result}`;
}

function momentWords(snapshot: string): string {
  return /^\d{4}-/.test(snapshot) ? `As it was at ${moment(snapshot)}` : `Snapshot ${snapshot}`;
}
