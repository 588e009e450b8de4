import { Field, Select } from "@fluentui/react-components";
import { FREQUENCIES } from "../words/time";

interface Props {
  minutes: number;
  onChange: (minutes: number) => void;
}

export function FrequencyField({ minutes, onChange }: Props) {
  return (
    <Field label="Backup Frequency">
      <Select value={String(minutes)} onChange={(_, data) => onChange(Number(data.value))}>
        {FREQUENCIES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </Select>
    </Field>
  );
}
