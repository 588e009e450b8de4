/** All tenants, or which. Nothing is chosen until somebody chooses. */
import {
  Checkbox,
  Field,
  Input,
  makeStyles,
  Radio,
  RadioGroup,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tenantsQuery } from "../../api/queries";
import { LoadingRows } from "../../parts/states";
import { useTenantName } from "../../parts/tenants";
import { TroubleBar } from "../../parts/trouble";

/** Ids; null: all, also those that are connected later. */
export type Chosen = string[] | null;
/** So many are looked over without searching. */
const FEW = 8;

const useStyles = makeStyles({
  word: { display: "block", color: tokens.colorNeutralForeground1 },
  hint: { display: "block", color: tokens.colorNeutralForeground2 },
  list: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 1fr)",
    maxHeight: "260px",
    overflowY: "auto",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  one: { overflowWrap: "anywhere" },
  none: { padding: tokens.spacingHorizontalM },
});

interface Props {
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  /** What "all" means. */
  all: string;
}

export function TenantsField({ chosen, onChange, all }: Props) {
  const styles = useStyles();
  return (
    <>
      <Field label="Tenants">
        <RadioGroup
          value={chosen === null ? "all" : "some"}
          onChange={(_, data) => onChange(data.value === "all" ? null : [])}
        >
          <Radio
            value="all"
            label={
              <>
                <Text className={styles.word}>All tenants</Text>
                <Text size={200} className={styles.hint}>
                  {all}
                </Text>
              </>
            }
          />
          <Radio
            value="some"
            label={
              <>
                <Text className={styles.word}>Only chosen tenants</Text>
                <Text size={200} className={styles.hint}>
                  Others are not shown, as if they did not exist. People and connecting tenants are left out, whatever the
                  role.
                </Text>
              </>
            }
          />
        </RadioGroup>
      </Field>
      {chosen !== null && <Which chosen={chosen} onChange={onChange} />}
    </>
  );
}

export function Which({ chosen, onChange }: { chosen: string[]; onChange: (chosen: string[]) => void }) {
  const styles = useStyles();
  const tenants = useQuery(tenantsQuery);
  const nameOf = useTenantName();
  const [search, setSearch] = useState("");
  if (tenants.isPending) return <LoadingRows rows={2} />;
  if (tenants.isError) return <TroubleBar error={tenants.error} retry={() => void tenants.refetch()} />;
  const known = tenants.data.map(({ id, name, domain }) => ({ id, name, domain }));
  const gone = chosen.filter((id) => known.every((one) => one.id !== id));
  const all = [...known, ...gone.map((id) => ({ id, name: nameOf(id), domain: `not connected, ${id}` }))];
  const wanted = search.trim().toLowerCase();
  const shown = all.filter((one) => `${one.name} ${one.domain} ${one.id}`.toLowerCase().includes(wanted));

  function turn(id: string, isOn: boolean): void {
    onChange(isOn ? [...chosen, id] : chosen.filter((one) => one !== id));
  }

  return (
    <>
      {all.length > FEW && (
        <Input
          type="search"
          aria-label="Search tenants"
          placeholder="Search tenants"
          value={search}
          onChange={(_, data) => setSearch(data.value)}
        />
      )}
      <div className={styles.list} role="group" aria-label="Chosen tenants">
        {shown.map((one) => (
          <Checkbox
            key={one.id}
            checked={chosen.includes(one.id)}
            onChange={(_, data) => turn(one.id, data.checked === true)}
            label={
              <span className={styles.one}>
                <Text className={styles.word}>
                  <bdi>{one.name}</bdi>
                </Text>
                <Text size={200} className={styles.hint}>
                  {one.domain}
                </Text>
              </span>
            }
          />
        ))}
        {shown.length === 0 && (
          <Text className={styles.none}>{all.length ? "No tenant is called so." : "No tenant is connected yet."}</Text>
        )}
      </div>
      <Text size={200} className={styles.hint} role="status">
        {chosen.length} of {all.length} chosen
      </Text>
    </>
  );
}
