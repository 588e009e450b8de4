import { Button, makeStyles, Subtitle2, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { ObjectDetail } from "../../api/client";
import { TextLink } from "../../parts/links";
import { Empty } from "../../parts/states";
import { count } from "../../words/numbers";
import { propertyName } from "../../words/states";
import { textIn } from "../../words/values";

const FIRST = 50;

const useStyles = makeStyles({
  groups: { display: "grid", gap: tokens.spacingVerticalL },
  heading: { margin: 0 },
  list: { margin: 0, padding: 0, listStyleType: "none" },
  row: {
    padding: `${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: "anywhere",
  },
  quiet: { color: tokens.colorNeutralForeground2 },
});

interface Props {
  tenantId: string;
  object: ObjectDetail;
  snapshot: string;
}

export function Relationships({ tenantId, object, snapshot }: Props) {
  const styles = useStyles();
  const named = Object.entries(object.relationships).filter(([, entries]) => entries.length > 0);
  if (named.length === 0) return <Empty title="It is linked to nothing" />;
  return (
    <div className={styles.groups}>
      {named.map(([name, entries]) => (
        <Relationship key={name} name={name} entries={entries} {...{ tenantId, object, snapshot }} />
      ))}
    </div>
  );
}

function Relationship({ name, entries, ...props }: Props & { name: string; entries: Record<string, unknown>[] }) {
  const styles = useStyles();
  const [isAll, setAll] = useState(false);
  const shown = isAll ? entries : entries.slice(0, FIRST);
  return (
    <section aria-label={propertyName(name)}>
      <Subtitle2 as="h3" className={styles.heading}>
        {propertyName(name)} ({count(entries.length)})
      </Subtitle2>
      <ul className={styles.list}>
        {shown.map((entry, index) => (
          <li key={textIn(entry, "id") ?? index} className={styles.row}>
            <Target entry={entry} {...props} />
          </li>
        ))}
      </ul>
      {!isAll && entries.length > FIRST && (
        <Button size="small" onClick={() => setAll(true)}>
          Show all {count(entries.length)}
        </Button>
      )}
    </section>
  );
}

function Target({ entry, tenantId, object, snapshot }: Props & { entry: Record<string, unknown> }) {
  const styles = useStyles();
  const id = textIn(entry, "id") ?? "";
  const linked = object.names[id];
  if (!linked) {
    const words = ["displayName", "principalDisplayName", "roleMemberInfo"]
      .map((name) => entry[name])
      .find((value) => typeof value === "string");
    return <Text className={styles.quiet}>{[words, id].filter(Boolean).join(" · ")}</Text>;
  }
  return (
    <>
      <TextLink
        to="/tenants/$tenantId/$type"
        params={{ tenantId, type: linked.object_type }}
        search={{ ...(snapshot === "latest" ? {} : { snapshot }), ...(linked.removed ? { deleted: "yes" } : {}), object: id }}
      >
        <bdi>{linked.display_name || id}</bdi>
      </TextLink>{" "}
      <Text size={200} className={styles.quiet}>
        {propertyName(linked.object_type)}
        {linked.removed && ", removed"}
      </Text>
    </>
  );
}
