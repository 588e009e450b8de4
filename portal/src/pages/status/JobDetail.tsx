import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Job } from "../../api/client";
import { DataTable, type Column } from "../../parts/DataTable";
import { StateBadge } from "../../parts/states";
import { useTypeLabel } from "../../parts/types";
import { count, counted, size } from "../../words/numbers";
import { typeState } from "../../words/states";
import { textIn } from "../../words/values";
import { numberIn, typesOf, type TypeProgress } from "../../words/progress";

const useStyles = makeStyles({
  facts: {
    display: "grid",
    gridTemplateColumns: "minmax(90px, auto) 1fr",
    gap: `${tokens.spacingVerticalXXS} ${tokens.spacingHorizontalL}`,
    margin: 0,
    "& dt": { color: tokens.colorNeutralForeground2 },
    "& dd": { margin: 0, overflowWrap: "anywhere" },
  },
});

export function JobDetail({ job }: { job: Job }) {
  const styles = useStyles();
  const types = typesOf(job);
  const facts = factsOf(job);
  return (
    <>
      {types.length > 0 && <Types job={job} types={types} />}
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Types({ job, types }: { job: Job; types: TypeProgress[] }) {
  const labelOf = useTypeLabel(job.tenant_id);
  const columns: Column<TypeProgress>[] = [
    { name: "Object type", cell: (row) => labelOf(row.type), width: "30%" },
    { name: "State", cell: (row) => <StateBadge state={typeState(row.status)} />, width: "210px" },
    { name: "Read", cell: (row) => count(row.read), isNumber: true },
    { name: "Changed", cell: (row) => count(row.changed), isNumber: true },
    { name: "Removed", cell: (row) => count(row.removed), isNumber: true },
  ];
  const isIncremental = types.some((row) => row.mode === "incremental");
  const reasons = types.filter((row) => row.reason !== null);
  return (
    <>
      <DataTable label="Object types of this backup" columns={columns} rows={types} keyOf={(row) => row.type} />
      {isIncremental && (
        <Text size={200}>Read: what Microsoft tells has changed since the backup before, not all that is there.</Text>
      )}
      {reasons.map((row) => (
        <Text key={row.type} size={200}>
          {labelOf(row.type)}: {row.reason}
        </Text>
      ))}
    </>
  );
}

function factsOf(job: Job): [string, string][] {
  const facts: [string, string | null][] = [
    ["Objects", objectsOf(job)],
    ["Size", sizeOf(job)],
    ["SHA-256", textIn(job.result, "sha256")],
    ["Tries", job.attempts > 1 ? count(job.attempts) : null],
    ["Job", job.id],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

function objectsOf(job: Job): string | null {
  const objects = numberIn(job.result, "objects") ?? numberIn(job.progress, "objects");
  return objects === null ? null : counted(objects, "object");
}

function sizeOf(job: Job): string | null {
  const bytes = numberIn(job.result, "size");
  return bytes === null ? null : size(bytes);
}
