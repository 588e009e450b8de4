/** A property's value as people read it. Nothing is hidden: what has no nicer form is shown as JSON. */
import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { useParams } from "@tanstack/react-router";
import { useLicenceNames } from "../../parts/licences";
import { When } from "../../parts/When";
import { isFlat } from "../../words/values";
import { propertyName } from "../../words/states";

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

const useStyles = makeStyles({
  none: { color: tokens.colorNeutralForeground2 },
  text: { overflowWrap: "anywhere", whiteSpace: "pre-wrap" },
  lines: { margin: 0, padding: 0, listStyleType: "none", overflowWrap: "anywhere" },
  entries: { margin: 0, padding: 0, listStyleType: "none", display: "grid", gap: tokens.spacingVerticalS },
  json: {
    margin: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
  },
});

export function Value({ value }: { value: unknown }) {
  const styles = useStyles();
  if (isNothing(value)) return <Text className={styles.none}>Empty</Text>;
  if (typeof value === "boolean") return <Text>{value ? "Yes" : "No"}</Text>;
  if (typeof value === "string" && ISO.test(value)) return <When at={value} plain />;
  if (typeof value === "string" || typeof value === "number") {
    return (
      <Text className={styles.text}>
        <bdi>{value}</bdi>
      </Text>
    );
  }
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "number")) {
    return (
      <ul className={styles.lines}>
        {value.map((item, index) => (
          <li key={index}>
            <bdi>{item}</bdi>
          </li>
        ))}
      </ul>
    );
  }
  if (isFlat(value)) return <Parts of={value} />;
  if (Array.isArray(value) && value.every(isFlat)) {
    return (
      <ul className={styles.entries}>
        {value.map((entry, index) => (
          <li key={index}>
            <Parts of={entry} />
          </li>
        ))}
      </ul>
    );
  }
  return <pre className={styles.json}>{JSON.stringify(value, null, 2)}</pre>;
}

/** "Cost center: CC010", a line each. */
function Parts({ of }: { of: Record<string, unknown> }) {
  const styles = useStyles();
  return (
    <ul className={styles.lines}>
      {Object.entries(of).map(([name, value]) => (
        <li key={name}>
          <span className={styles.none} title={name}>
            {propertyName(name)}:{" "}
          </span>
          {name === "skuId" ? <Licence sku={String(value)} /> : <Value value={value} />}
        </li>
      ))}
    </ul>
  );
}

/** Its name, and the id that Microsoft knows it by. */
function Licence({ sku }: { sku: string }) {
  const { tenantId } = useParams({ from: "/inside/tenants/$tenantId/$type" });
  const name = useLicenceNames(tenantId)(sku);
  return <Text>{name === sku ? sku : `${name} (${sku})`}</Text>;
}

export function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}
