import { makeStyles, Subtitle2, Switch, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { grouped } from "../../words/groups";
import { propertyName } from "../../words/states";
import { isNothing, Value } from "./Value";

const useStyles = makeStyles({
  groups: { display: "grid", gap: tokens.spacingVerticalL },
  heading: { margin: 0 },
  list: { display: "grid", margin: `${tokens.spacingVerticalXS} 0 0` },
  row: {
    display: "grid",
    gridTemplateColumns: "minmax(120px, 38%) minmax(0, 1fr)",
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    "& dt": { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
    "& dd": { margin: 0, minWidth: 0 },
  },
});

export function Attributes({ properties }: { properties: Record<string, unknown> }) {
  const styles = useStyles();
  const [isAll, setAll] = useState(false);
  const filled = Object.fromEntries(Object.entries(properties).filter(([, value]) => isAll || !isNothing(value)));
  return (
    <div className={styles.groups}>
      <Switch label="Show empty attributes" checked={isAll} onChange={(_, data) => setAll(data.checked)} />
      {grouped(filled).map(([group, names]) => (
        <section key={group} aria-label={group}>
          <Subtitle2 as="h3" className={styles.heading}>
            {group}
          </Subtitle2>
          <dl className={styles.list}>
            {names.map((name) => (
              <div key={name} className={styles.row}>
                <dt title={name}>{propertyName(name)}</dt>
                <dd>
                  <Value value={filled[name]} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
