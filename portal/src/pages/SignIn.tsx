import { Button, Field, Input, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { answered, api, remember } from "../api/client";
import { meQuery } from "../api/queries";
import { Doorway } from "../parts/Doorway";
import { TroubleBar } from "../parts/trouble";

const useStyles = makeStyles({
  form: { display: "grid", gap: tokens.spacingVerticalL },
  hint: { color: tokens.colorNeutralForeground2 },
});

export function SignIn() {
  const styles = useStyles();
  const router = useRouter();
  const queries = useQueryClient();
  const { back } = useSearch({ from: "/sign-in" });
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function signIn(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      const me = await answered(api.POST("/api/v1/session", { body: { username, password } }));
      remember(me);
      queries.setQueryData(meQuery.queryKey, me);
      router.history.push(isOwn(back) ? back : "/");
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  }

  return (
    <Doorway title="Sign in to Reentra" short="Sign in">
      <form className={styles.form} onSubmit={(event) => void signIn(event)}>
        <Text className={styles.hint}>Backup and restore of Microsoft Entra ID</Text>
        {trouble !== null && <TroubleBar error={trouble} title="You are not signed in" />}
        <Field label="User name" required>
          <Input
            // eslint-disable-next-line jsx-a11y/no-autofocus -- signing in is all that can be done here
            autoFocus
            autoComplete="username"
            value={username}
            onChange={(_, data) => setUsername(data.value)}
          />
        </Field>
        <Field label="Password" required>
          <Input
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(_, data) => setPassword(data.value)}
          />
        </Field>
        <Button type="submit" appearance="primary" size="large" disabled={!username || !password} disabledFocusable={isBusy}>
          Sign in
        </Button>
        <Text size={200} className={styles.hint}>
          Where Reentra was started for the first time, the first administrator’s way in was printed: a link to choose a
          name and a password by, or in a demo a password. Everybody else is invited by an administrator.
        </Text>
      </form>
    </Doorway>
  );
}

/** Only to a page of this portal. */
function isOwn(address: string | undefined): address is string {
  return address !== undefined && address.startsWith("/") && !address.startsWith("//") && !address.includes("\\");
}
