/** API tokens of the person who is signed in. A secret is shown once. */
import {
  Button,
  Card,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Select,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { answered, api, type Schemas } from "../../api/client";
import { tokensQuery } from "../../api/queries";
import { useAnnounce } from "../../parts/announce";
import { Confirm } from "../../parts/Confirm";
import { CopyButton } from "../../parts/CopyButton";
import { DataTable, type Column } from "../../parts/DataTable";
import { Empty, LoadingRows } from "../../parts/states";
import { useTenantName } from "../../parts/tenants";
import { TroubleBar } from "../../parts/trouble";
import { useUnsaved } from "../../parts/unsaved";
import { When } from "../../parts/When";
import { Which, type Chosen } from "./TenantsField";

type Token = Schemas["TokenView"];
const LIFETIMES: readonly [days: string, words: string][] = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"],
  ["", "Until it is revoked"],
];

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXL, gap: tokens.spacingVerticalL },
  form: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "end" },
  field: { flex: "0 1 auto", "@media (max-width: 640px)": { flexBasis: "100%" } },
  tenants: { flexBasis: "100%", display: "grid", gap: tokens.spacingVerticalS },
  secret: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

export function Tokens() {
  const list = useQuery(tokensQuery);
  const nameOf = useTenantName();
  const [going, setGoing] = useState<Token | null>(null);
  const columns: Column<Token>[] = [
    { name: "Name", cell: (token) => <bdi>{token.name}</bdi> },
    { name: "May", cell: (token) => (token.scope === "admin" ? "Do everything you may" : "Read") },
    { name: "Tenants", cell: (token) => (token.tenants ? token.tenants.map(nameOf).join(", ") || "None" : "All of yours") },
    { name: "Made", cell: (token) => <When at={token.created_at} /> },
    { name: "Ends", cell: (token) => (token.expires_at ? <When at={token.expires_at} /> : "When revoked") },
    { name: "Last used", cell: (token) => (token.last_used_at ? <When at={token.last_used_at} /> : "Never") },
    {
      name: "Revoke",
      isAct: true,
      cell: (token) => (
        <Button size="small" aria-label={`Revoke ${token.name}`} onClick={() => setGoing(token)}>
          Revoke
        </Button>
      ),
    },
  ];
  return (
    <>
      <NewToken />
      {list.isPending && <LoadingRows rows={2} />}
      {list.isError && <TroubleBar error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty title="You have no API tokens" />}
      {list.data && list.data.length > 0 && (
        <DataTable label="API tokens" columns={columns} rows={list.data} keyOf={(token) => token.id} minWidth="900px" />
      )}
      {going && <Revoke token={going} onClose={() => setGoing(null)} />}
    </>
  );
}

function NewToken() {
  const styles = useStyles();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<"read" | "admin">("read");
  const [days, setDays] = useState("90");
  const [tenants, setTenants] = useState<Chosen>(null);
  const making = useMutation({
    mutationFn: () => {
      const body = { name, scope, days: days ? Number(days) : null, tenants };
      return answered(api.POST("/api/v1/tokens", { body }));
    },
    onSuccess: () => {
      setName("");
      setTenants(null);
      void queries.invalidateQueries({ queryKey: ["tokens"] });
    },
  });

  // Its name is typed, or the secret that is shown this once stands there.
  useUnsaved(Boolean(name || tenants || making.data));

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    making.mutate();
  }

  return (
    <Card className={styles.card}>
      <Text>For the command line and for scripts: they send it instead of a password.</Text>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" className={styles.field}>
          <Input value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
        </Field>
        <Field label="May" className={styles.field}>
          <Select value={scope} onChange={(_, data) => setScope(data.value as "read" | "admin")}>
            <option value="read">Read</option>
            <option value="admin">Do everything you may</option>
          </Select>
        </Field>
        <Field label="Ends after" className={styles.field}>
          <Select value={days} onChange={(_, data) => setDays(data.value)}>
            {LIFETIMES.map(([value, words]) => (
              <option key={words} value={value}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Tenants" className={styles.field}>
          <Select
            value={tenants === null ? "all" : "some"}
            onChange={(_, data) => setTenants(data.value === "all" ? null : [])}
          >
            <option value="all">All that you see</option>
            <option value="some">Only chosen tenants</option>
          </Select>
        </Field>
        {tenants !== null && (
          <div className={styles.tenants}>
            <Which chosen={tenants} onChange={setTenants} />
          </div>
        )}
        <Button
          type="submit"
          appearance="primary"
          disabled={!name.trim() || tenants?.length === 0}
          disabledFocusable={making.isPending}
        >
          Make a token
        </Button>
      </form>
      {making.isError && <TroubleBar error={making.error} title="No token was made" />}
      {making.data && (
        <MessageBar intent="success" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Copy it now: it is shown this once</MessageBarTitle>{" "}
            <span className={styles.secret}>{making.data.secret}</span>{" "}
            <CopyButton text={making.data.secret} what="the token" />
          </MessageBarBody>
        </MessageBar>
      )}
    </Card>
  );
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const announce = useAnnounce();
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => answered(api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } })),
    onSuccess: () => {
      announce.success({ title: <>The token <bdi>{token.name}</bdi> is revoked</> });
      void queries.invalidateQueries({ queryKey: ["tokens"] });
      onClose();
    },
  });
  return (
    <Confirm
      title={<>Revoke <bdi>{token.name}</bdi>?</>}
      act="Revoke"
      isBusy={revoking.isPending}
      error={revoking.error}
      onConfirm={() => revoking.mutate()}
      onClose={onClose}
    >
      Programs that use it are refused from now on.
    </Confirm>
  );
}
