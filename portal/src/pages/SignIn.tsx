import { Button, Card, Field, Input, makeStyles, Text, Title2, tokens } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type SubmitEvent } from "react";
import { answered, api, remember } from "../api/client";
import { meQuery } from "../api/queries";
import { TroubleBar } from "../parts/trouble";

const useStyles = makeStyles({
  page: {
    minHeight: "100%",
    display: "grid",
    placeItems: "center",
    backgroundColor: tokens.colorNeutralBackground2,
    padding: tokens.spacingHorizontalL,
    boxSizing: "border-box",
  },
  card: { width: "min(400px, 100%)", padding: tokens.spacingHorizontalXXL, boxSizing: "border-box" },
  form: { display: "grid", gap: tokens.spacingVerticalL },
  title: { margin: 0 },
  brand: { display: "flex", gap: tokens.spacingHorizontalM, alignItems: "center" },
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
  useEffect(() => {
    document.title = "Sign in · Reentra";
  }, []);

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
    <main className={styles.page}>
      <Card className={styles.card}>
        <form className={styles.form} onSubmit={(event) => void signIn(event)}>
          <div className={styles.brand}>
            <img src="/icon.svg" alt="" width={36} height={36} />
            <Title2 as="h1" className={styles.title}>
              Sign in to Reentra
            </Title2>
          </div>
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
          <Button type="submit" appearance="primary" size="large" disabled={isBusy || !username || !password}>
            Sign in
          </Button>
          <Text size={200} className={styles.hint}>
            The first administrator is “admin”. The password was printed where Reentra was started for the first time.
            Everybody else is invited by an administrator, with a link that sets their password.
          </Text>
        </form>
      </Card>
    </main>
  );
}

/** Only to a page of this portal. */
function isOwn(address: string | undefined): address is string {
  return address !== undefined && address.startsWith("/") && !address.startsWith("//") && !address.includes("\\");
}
