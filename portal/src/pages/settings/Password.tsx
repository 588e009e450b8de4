import { Button, Card, Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answered, api } from "../../api/client";
import { useAnnounce } from "../../parts/announce";
import { isGood, NewPassword, NONE } from "../../parts/NewPassword";
import { TroubleBar } from "../../parts/trouble";
import { useUnsaved } from "../../parts/unsaved";

const useStyles = makeStyles({
  card: { maxWidth: "440px", padding: tokens.spacingHorizontalXL },
  form: { display: "grid", gap: tokens.spacingVerticalL },
  button: { justifySelf: "start" },
});

export function Password() {
  const styles = useStyles();
  const announce = useAnnounce();
  const [old, setOld] = useState("");
  const [chosen, setChosen] = useState(NONE);
  const changing = useMutation({
    mutationFn: () =>
      answered(api.PUT("/api/v1/session/password", { body: { old_password: old, new_password: chosen.fresh } })),
    onSuccess: () => {
      announce.success({ title: "Your password was changed", body: "Your other sessions have ended." });
      setOld("");
      setChosen(NONE);
    },
  });

  useUnsaved(Boolean(old || chosen.fresh || chosen.again));

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    changing.mutate();
  }

  return (
    <Card className={styles.card}>
      <form className={styles.form} onSubmit={submit}>
        {changing.isError && <TroubleBar error={changing.error} title="The password was not changed" />}
        <Field label="Current password" required>
          <Input
            type="password"
            autoComplete="current-password"
            value={old}
            onChange={(_, data) => setOld(data.value)}
          />
        </Field>
        <NewPassword chosen={chosen} onChange={setChosen} />
        <Button
          className={styles.button}
          type="submit"
          appearance="primary"
          disabled={!old || !isGood(chosen)}
          disabledFocusable={changing.isPending}
        >
          Change password
        </Button>
      </form>
    </Card>
  );
}
