/** Every version, newest first, each with what is different from the one before. */
import { Button, makeStyles, Subtitle2, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { historyQuery, type ObjectWanted } from "../../api/queries";
import { LoadingRows } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { When } from "../../parts/When";
import { removedWords } from "../../words/days";
import { counted } from "../../words/numbers";
import { propertyName } from "../../words/states";
import { Value } from "./Value";

type Entry = Schemas["HistoryView"];

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyleType: "none", display: "grid", gap: tokens.spacingVerticalL },
  entry: {
    display: "grid",
    gap: tokens.spacingVerticalS,
    borderLeft: `3px solid ${tokens.colorBrandStroke2}`,
    paddingLeft: tokens.spacingHorizontalM,
  },
  head: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" },
  heading: { margin: 0, flex: 1 },
  quiet: { color: tokens.colorNeutralForeground2 },
  change: { display: "grid", gap: "2px" },
  sides: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fit, minmax(min(180px, 100%), 1fr))",
    gap: tokens.spacingHorizontalM,
  },
  before: { backgroundColor: tokens.colorPaletteRedBackground1, padding: tokens.spacingHorizontalS, minWidth: 0 },
  after: { backgroundColor: tokens.colorPaletteGreenBackground1, padding: tokens.spacingHorizontalS, minWidth: 0 },
});

export function History({ wanted }: { wanted: ObjectWanted }) {
  const styles = useStyles();
  const history = useQuery(historyQuery(wanted));
  if (history.isPending) return <LoadingRows rows={3} height={96} />;
  if (history.isError) return <TroubleBar error={history.error} retry={() => void history.refetch()} />;
  return (
    <ol className={styles.list}>
      {history.data.toReversed().map((entry, index, all) => (
        <li key={entry.first_snapshot} className={styles.entry}>
          <Version entry={entry} isFirst={index === all.length - 1} />
        </li>
      ))}
    </ol>
  );
}

function Version({ entry, isFirst }: { entry: Entry; isFirst: boolean }) {
  const styles = useStyles();
  const navigate = useNavigate({ from: "/tenants/$tenantId/$type" });
  const isSame = entry.properties.length === 0 && entry.relationships.length === 0;
  return (
    <>
      <div className={styles.head}>
        <Subtitle2 as="h3" className={styles.heading}>
          {titleOf(entry, isFirst)}
        </Subtitle2>
        <Text size={200} className={styles.quiet}>
          snapshot {entry.first_snapshot}
          {entry.sealed_at && (
            <>
              , <When at={entry.sealed_at} plain />
            </>
          )}
        </Text>
        {!entry.removed && (
          <Button
            size="small"
            onClick={() =>
              void navigate({
                search: (before) => ({
                  ...before,
                  snapshot: String(entry.first_snapshot),
                  deleted: undefined,
                  tab: "attributes",
                }),
              })
            }
          >
            Show this version
          </Button>
        )}
      </div>
      {entry.properties.map((change) => (
        <div key={change.name} className={styles.change}>
          <Text weight="semibold">{propertyName(change.name)}</Text>
          <div className={styles.sides}>
            <div className={styles.before}>
              <Text size={200} block>
                Before
              </Text>
              <Value value={change.before} />
            </div>
            <div className={styles.after}>
              <Text size={200} block>
                After
              </Text>
              <Value value={change.after} />
            </div>
          </div>
        </div>
      ))}
      {entry.relationships.map((change) => (
        <Text key={change.relationship}>
          <b>{propertyName(change.relationship)}</b>: {counted(change.added.length, "link")} added,{" "}
          {counted(change.removed.length, "link")} removed
        </Text>
      ))}
      {isSame && !isFirst && !entry.removed && <Text className={styles.quiet}>It came back as it had been.</Text>}
    </>
  );
}

function titleOf(entry: Entry, isFirst: boolean): string {
  if (entry.removed) return removedWords(entry.removed);
  return isFirst ? "First backed up" : "Changed";
}
