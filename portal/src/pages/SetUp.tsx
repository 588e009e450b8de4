/** Where a set-up link leads: the first password, and in; the first administrator also chooses a name. The code stands
 * behind the #, which no server sees. */
import { Button, Field, Input, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { answered, api, remember, Trouble, type Schemas } from "../api/client";
import { meQuery } from "../api/queries";
import { Doorway } from "../parts/Doorway";
import { TextLink } from "../parts/links";
import { isGood, NewPassword, NONE } from "../parts/NewPassword";
import { Empty, LoadingRows } from "../parts/states";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";
import { mayWords, roleName } from "../words/people";

const useStyles = makeStyles({
  form: { display: "grid", gap: tokens.spacingVerticalL },
  name: { overflowWrap: "anywhere" },
  may: { display: "block", color: tokens.colorNeutralForeground2 },
  command: { whiteSpace: "nowrap" },
  hint: { color: tokens.colorNeutralForeground2 },
});

export function SetUp() {
  const code = useRouterState({ select: (state) => state.location.hash });
  return (
    <Doorway title="Set up your access" short="Set up your access">
      {code ? <OfLink key={code} code={code} /> : <NoLink />}
    </Doorway>
  );
}

function OfLink({ code }: { code: string }) {
  const invitation = useQuery({
    queryKey: ["set-up", code],
    queryFn: () => answered(api.POST("/api/v1/set-up/invitation", { body: { code } })),
    staleTime: Infinity,
  });
  if (invitation.isPending) return <LoadingRows rows={3} />;
  if (invitation.isError) {
    const isOver = invitation.error instanceof Trouble && invitation.error.status === 404;
    if (isOver) return <NoLink />;
    return <TroubleBar error={invitation.error} retry={() => void invitation.refetch()} />;
  }
  return <FirstPassword code={code} invitation={invitation.data} />;
}

function NoLink() {
  const styles = useStyles();
  return (
    <Empty title="This link cannot be used any more">
      <Text>
        It has been used, has ended, or was replaced by a newer one. Ask an administrator for a new link; the first
        administrator gets one by <code className={styles.command}>reentra password --link</code> where Reentra runs.
      </Text>
      <TextLink to="/sign-in">Sign in</TextLink>
    </Empty>
  );
}

function FirstPassword({ code, invitation }: { code: string; invitation: Schemas["InvitationView"] }) {
  const styles = useStyles();
  const router = useRouter();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState(NONE);
  const { role, ends_at: endsAt, may_choose_name: isFirst } = invitation;
  const [name, setName] = useState(invitation.name);
  const settingUp = useMutation({
    mutationFn: async () => {
      const password = chosen.fresh;
      await answered(api.POST("/api/v1/set-up", { body: { code, password, name: isFirst ? name : null } }));
      // The link is used up: whatever comes of this, the password can be used at the sign-in.
      return await answered(api.POST("/api/v1/session", { body: { username: name, password } })).catch(() => null);
    },
    onSuccess: (me) => {
      queries.clear(); // of whoever was signed in here before
      if (me === null) {
        router.history.replace("/sign-in");
        return;
      }
      remember(me);
      queries.setQueryData(meQuery.queryKey, me);
      router.history.replace("/");
    },
  });

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    settingUp.mutate();
  }

  return (
    <form className={styles.form} onSubmit={submit}>
      {isFirst ? (
        <Text>You are the first administrator. Choose what you sign in with; you can invite others afterwards.</Text>
      ) : (
        <Text className={styles.name}>
          You sign in as <Text weight="semibold">
            <bdi>{name}</bdi>
          </Text>. Your role is {roleName(role)}.
          <Text size={200} className={styles.may}>
            {mayWords(role, invitation.is_limited)}
          </Text>
        </Text>
      )}
      {settingUp.isError && <TroubleBar error={settingUp.error} title="Your access is not set up" />}
      {isFirst ? (
        <Field label="User name" required>
          <Input value={name} maxLength={100} autoComplete="username" onChange={(_, data) => setName(data.value)} />
        </Field>
      ) : (
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      )}
      <NewPassword chosen={chosen} onChange={setChosen} />
      <Button type="submit" appearance="primary" size="large" disabled={!name.trim() || !isGood(chosen)} disabledFocusable={settingUp.isPending}>
        Set password and sign in
      </Button>
      {endsAt && (
        <Text size={200} className={styles.hint}>
          This link works once, until <When at={endsAt} plain />.
        </Text>
      )}
    </form>
  );
}
