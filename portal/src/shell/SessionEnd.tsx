/** A session that ended while the page was open: to the sign-in, and back here afterwards. Where something is open that
 * would be lost on the way, one signs in on top of it instead. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useState, type SubmitEvent } from "react";
import { answered, api, forget, remember, Trouble, type Me } from "../api/client";
import { meQuery } from "../api/queries";
import { TroubleBar } from "../parts/trouble";
import { isAnythingUnsaved } from "../parts/unsaved";
import { useFocusBack } from "../parts/useFocusBack";

const useStyles = makeStyles({
  // Nothing of the page is shown to whoever is not signed in.
  cover: { backgroundColor: tokens.colorNeutralBackground3 },
  content: { display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: tokens.spacingVerticalM, overflowWrap: "anywhere" },
});

export function SessionEnd() {
  const { data: me, error } = useQuery(meQuery);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const here = useRouterState({ select: (state) => state.location.href });
  const [isStaying, setStaying] = useState(false);
  const isStranger = error instanceof Trouble && error.status === 401;
  const isOnTheWay = here.startsWith("/sign-in");
  if (isStranger && me !== undefined && !isStaying && !isOnTheWay && isAnythingUnsaved()) setStaying(true);
  if (!isStranger && isStaying) setStaying(false);
  const leave = useCallback(() => {
    forget();
    queries.clear();
    void navigate({ to: "/sign-in", search: { back: here } });
  }, [queries, navigate, here]);
  useEffect(() => {
    if (isStranger && !isStaying && !isOnTheWay) leave();
  }, [isStranger, isStaying, isOnTheWay, leave]);
  return isStaying && me !== undefined ? <SignInOnTop me={me} onLeave={leave} /> : null;
}

interface Props {
  me: Me;
  onLeave: () => void;
}

function SignInOnTop({ me, onLeave }: Props) {
  const styles = useStyles();
  const queries = useQueryClient();
  useFocusBack();
  const [password, setPassword] = useState("");
  const signingIn = useMutation({
    mutationFn: () => answered(api.POST("/api/v1/session", { body: { username: me.name, password } })),
    onSuccess: (again) => {
      remember(again);
      queries.setQueryData(meQuery.queryKey, again);
      void queries.invalidateQueries({ predicate: (query) => query.queryKey !== meQuery.queryKey });
    },
  });

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    signingIn.mutate();
  }

  return (
    <Dialog open modalType="alert">
      <DialogSurface backdrop={{ className: styles.cover }}>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>Your session has ended</DialogTitle>
            <DialogContent className={styles.content}>
              <Text>
                Sign in again as <bdi>{me.name}</bdi>, and you go on where you were: nothing that you typed or chose is
                lost.
              </Text>
              {signingIn.isError && <TroubleBar error={signingIn.error} title="You are not signed in" />}
              <input type="text" name="username" autoComplete="username" value={me.name} readOnly hidden />
              <Field label="Password" required>
                <Input
                  type="password"
                  autoComplete="current-password"
                  value={password}
                  onChange={(_, data) => setPassword(data.value)}
                />
              </Field>
            </DialogContent>
            <DialogActions>
              <Button onClick={onLeave}>Leave this page</Button>
              <Button type="submit" appearance="primary" disabled={!password} disabledFocusable={signingIn.isPending}>
                Sign in
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
