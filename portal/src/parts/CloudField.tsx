import { Field, Select } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { cloudsQuery } from "../api/queries";
import { cloudName } from "../words/states";

/** The cloud in which this installation has an app registration; Microsoft's global one when it has none. */
export function useUsualCloud(): string {
  const { data: clouds } = useQuery(cloudsQuery);
  return clouds?.find((cloud) => cloud.purposes.includes("backup"))?.name ?? "global";
}

export function CloudField({ cloud, onChange }: { cloud: string; onChange: (cloud: string) => void }) {
  const { data: clouds } = useQuery(cloudsQuery);
  return (
    <Field label="Cloud">
      <Select value={cloud} onChange={(_, data) => onChange(data.value)}>
        {(clouds ?? [{ name: cloud }]).map(({ name }) => (
          <option key={name} value={name}>
            {cloudName(name)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
