/** A password that is chosen: twice, and long enough. */
import { Field, Input } from "@fluentui/react-components";

const SHORTEST = 12;

export interface Chosen {
  fresh: string;
  again: string;
}

export const NONE: Chosen = { fresh: "", again: "" };

export function isGood({ fresh, again }: Chosen): boolean {
  return fresh.length >= SHORTEST && fresh === again;
}

export function NewPassword({ chosen, onChange }: { chosen: Chosen; onChange: (chosen: Chosen) => void }) {
  const { fresh, again } = chosen;
  const isTooShort = fresh !== "" && fresh.length < SHORTEST;
  const isDifferent = again !== "" && again !== fresh;
  return (
    <>
      <Field
        label="New password"
        required
        {...(isTooShort ? { validationMessage: `It needs at least ${SHORTEST} characters.` } : {})}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={fresh}
          onChange={(_, data) => onChange({ fresh: data.value, again })}
        />
      </Field>
      <Field
        label="New password again"
        required
        {...(isDifferent ? { validationMessage: "This is not the same." } : {})}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={(_, data) => onChange({ fresh, again: data.value })}
        />
      </Field>
    </>
  );
}
