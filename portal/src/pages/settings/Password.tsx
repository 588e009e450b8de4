import { Button, Card, Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { answered, api } from "../../api/client";
import { useAnnounce } from "../../parts/announce";
import { TroubleBar } from "../../parts/trouble";

const SHORTEST = 12;

const useStyles = makeStyles({
  card: { maxWidth: "440px", padding: tokens.spacingHorizontalXL },
  form: { display: "grid", gap: tokens.spacingVerticalL },
  button: { justifySelf: "start" },
});

export function Password() {
  const styles = useStyles();
  const announce = useAnnounce();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const changing = useMutation({
    mutationFn: () =>
      answered(api.PUT("/api/v1/session/password", { body: { old_password: old, new_password: fresh } })),
    onSuccess: () => {
      announce.success({ title: "Your password was changed", body: "Your other sessions have ended." });
      setOld("");
      setFresh("");
      setAgain("");
    },
  });
  const isTooShort = fresh !== "" && fresh.length < SHORTEST;
  const isDifferent = again !== "" && again !== fresh;

  function submit(event: FormEvent): void {
    event.preventDefault();
    changing.mutate();
  }

  return (
    <Card className={styles.card}>
      <form className={styles.form} onSubmit={submit}>
        {changing.isError && <TroubleBar error={changing.error} title="The password was not changed" />}
        <Field label="Password of today" required>
          <Input
            type="password"
            autoComplete="current-password"
            value={old}
            onChange={(_, data) => setOld(data.value)}
          />
        </Field>
        <Field
          label="New password"
          required
          {...(isTooShort ? { validationMessage: `It needs at least ${SHORTEST} characters.` } : {})}
        >
          <Input
            type="password"
            autoComplete="new-password"
            value={fresh}
            onChange={(_, data) => setFresh(data.value)}
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
            onChange={(_, data) => setAgain(data.value)}
          />
        </Field>
        <Button
          className={styles.button}
          type="submit"
          appearance="primary"
          disabled={!old || fresh.length < SHORTEST || fresh !== again || changing.isPending}
        >
          Change password
        </Button>
      </form>
    </Card>
  );
}
