import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rawQuery, type ObjectWanted } from "../../api/queries";
import { CopyButton } from "../../parts/CopyButton";
import { LoadingRows } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { size } from "../../words/numbers";

/** A group of 100,000 members has some ten million: drawing them takes a browser half a minute. */
const DRAWN = 200_000;

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalS, justifyItems: "start" },
  json: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    width: "100%",
    boxSizing: "border-box",
    overflowX: "auto",
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase300,
  },
});

export function Raw({ wanted, snapshot }: { wanted: ObjectWanted; snapshot: string }) {
  const styles = useStyles();
  const [isAll, setAll] = useState(false);
  const raw = useQuery(rawQuery(wanted, snapshot));
  if (raw.isPending) return <LoadingRows rows={8} />;
  if (raw.isError) return <TroubleBar error={raw.error} retry={() => void raw.refetch()} />;
  const isCut = !isAll && raw.data.length > DRAWN;
  return (
    <div className={styles.stack}>
      <CopyButton text={raw.data} what="the JSON" />
      <pre className={styles.json} role="region" tabIndex={0} aria-label="JSON">
        {isCut ? raw.data.slice(0, DRAWN) : raw.data}
      </pre>
      {isCut && (
        <Text>
          These are the first {size(DRAWN)} of {size(raw.data.length)}. Copy takes all of it.{" "}
          <Button size="small" onClick={() => setAll(true)}>
            Show all
          </Button>
        </Text>
      )}
    </div>
  );
}
