/** A tenant whose administrators bring their own app registration, with a certificate (better) or a secret. */
import {
  Button,
  Card,
  Field,
  Input,
  makeStyles,
  Radio,
  RadioGroup,
  Switch,
  Text,
  Textarea,
  Title3,
  tokens,
} from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ChangeEvent, type SubmitEvent } from "react";
import { answered, api, type Schemas, type Tenant } from "../../api/client";
import { useAnnounce } from "../../parts/announce";
import { FrequencyField } from "../../parts/FrequencyField";
import { TroubleBar } from "../../parts/trouble";
import { useUnsaved } from "../../parts/unsaved";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXXL, maxWidth: "760px" },
  form: { display: "grid", gap: tokens.spacingVerticalL },
  title: { margin: 0 },
  group: { display: "grid", gap: tokens.spacingVerticalM, border: 0, padding: 0, margin: 0, minWidth: 0 },
  legend: { padding: 0, marginBottom: tokens.spacingVerticalS },
  button: { justifySelf: "start" },
});

const NO_APP: Schemas["Registration"] = { client_id: "", kind: "certificate", value: "" };
const ofTheSame = (clientId: string | null | undefined) => ({ ...NO_APP, client_id: clientId ?? "" });

interface Props {
  tenant: Tenant | null;
  cloud: string;
  /** The same app registrations with new credentials. */
  isRenewal: boolean;
}

export function OwnRegistration({ tenant, cloud, isRenewal }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { purpose } = useSearch({ from: "/inside/new-tenants" });
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []); // it was asked for, and may be far below
  const [name, setName] = useState(tenant?.name ?? "");
  const [tenantId, setTenantId] = useState(tenant?.id ?? "");
  const [backup, setBackup] = useState(isRenewal ? ofTheSame(tenant?.backup_client_id) : NO_APP);
  const [restore, setRestore] = useState<Schemas["Registration"] | null>(
    isRenewal && purpose === "restore" ? ofTheSame(tenant?.restore_client_id) : null,
  );
  const [minutes, setMinutes] = useState(tenant?.frequency_minutes ?? 1440);
  const [isImmediate, setImmediate] = useState(true);
  const connecting = useMutation({
    mutationFn: () => {
      const body = {
        name,
        tenant_id: tenantId,
        cloud,
        backup,
        restore,
        frequency_minutes: minutes,
        immediate_backup: isImmediate,
      };
      return answered(api.POST("/api/v1/tenants", { body }));
    },
    onSuccess: async (connected) => {
      announce.success({ title: <><bdi>{connected.name}</bdi> is connected</> });
      await queries.invalidateQueries({ queryKey: ["tenants"] });
      await navigate({ to: "/" });
    },
  });
  useUnsaved(!connecting.isSuccess);
  const isWhole = name && tenantId && isFilled(backup) && (restore === null || isFilled(restore));

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    connecting.mutate();
  }

  return (
    <Card className={styles.card}>
      <form className={styles.form} onSubmit={submit}>
        <Title3 as="h2" className={styles.title}>
          The tenant's own app registration
        </Title3>
        <Field label="Name" required>
          <Input ref={first} value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
        </Field>
        <Field label="Tenant id" required>
          <Input value={tenantId} spellCheck={false} onChange={(_, data) => setTenantId(data.value)} />
        </Field>
        <AppFields title="App registration that reads" app={backup} onChange={setBackup} />
        <Switch
          label="A second app registration may restore"
          checked={restore !== null}
          onChange={(_, data) => setRestore(data.checked ? NO_APP : null)}
        />
        {restore && <AppFields title="App registration that writes" app={restore} onChange={setRestore} />}
        <Switch
          label="Enable Immediate Backup"
          checked={isImmediate}
          onChange={(_, data) => setImmediate(data.checked)}
        />
        <FrequencyField minutes={minutes} onChange={setMinutes} />
        {connecting.isError && <TroubleBar error={connecting.error} title="The tenant was not connected" />}
        <Button
          className={styles.button}
          type="submit"
          appearance="primary"
          disabled={!isWhole}
          disabledFocusable={connecting.isPending}
        >
          Connect
        </Button>
      </form>
    </Card>
  );
}

interface AppProps {
  title: string;
  app: Schemas["Registration"];
  onChange: (app: Schemas["Registration"]) => void;
}

function AppFields({ title, app, onChange }: AppProps) {
  const styles = useStyles();
  async function read(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const file = event.target.files?.[0];
    if (file) onChange({ ...app, value: await file.text() });
  }
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>
        <Text weight="semibold">{title}</Text>
      </legend>
      <Field label="Application (client) id" required>
        <Input
          value={app.client_id}
          spellCheck={false}
          onChange={(_, data) => onChange({ ...app, client_id: data.value })}
        />
      </Field>
      <Field label="Credential">
        <RadioGroup
          layout="horizontal"
          value={app.kind}
          onChange={(_, data) => onChange({ ...app, kind: data.value as "certificate" | "secret", value: "" })}
        >
          <Radio value="certificate" label="Certificate" />
          <Radio value="secret" label="Client secret" />
        </RadioGroup>
      </Field>
      {app.kind === "certificate" ? (
        <>
          <Field label="PEM file with certificate and private key" hint="Or paste its text below.">
            {(field) => (
              <input {...field} type="file" accept=".pem,.crt,.key,.txt" onChange={(event) => void read(event)} />
            )}
          </Field>
          <Field label="PEM text" required>
            <Textarea
              rows={4}
              value={app.value}
              spellCheck={false}
              onChange={(_, data) => onChange({ ...app, value: data.value })}
            />
          </Field>
        </>
      ) : (
        <Field label="Client secret" required>
          <Input
            type="password"
            autoComplete="off"
            value={app.value}
            onChange={(_, data) => onChange({ ...app, value: data.value })}
          />
        </Field>
      )}
    </fieldset>
  );
}

function isFilled(app: Schemas["Registration"]): boolean {
  return Boolean(app.client_id && app.value);
}
