import { makeStyles, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { rawQuery, type ObjectWanted } from "../../api/queries";
import { CopyButton } from "../../parts/CopyButton";
import { LoadingRows } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";

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
  const raw = useQuery(rawQuery(wanted, snapshot));
  if (raw.isPending) return <LoadingRows rows={8} />;
  if (raw.isError) return <TroubleBar error={raw.error} retry={() => void raw.refetch()} />;
  return (
    <div className={styles.stack}>
      <CopyButton text={raw.data} what="the JSON" />
      <pre className={styles.json} role="region" tabIndex={0} aria-label="JSON">
        {raw.data}
      </pre>
    </div>
  );
}
