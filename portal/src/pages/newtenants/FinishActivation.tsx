/** After consent: how often, and whether at once. */
import {
  Button,
  Card,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Switch,
  Text,
  Title3,
  tokens,
} from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { startBackup } from "../../api/acts";
import { answered, api, type Tenant } from "../../api/client";
import { useAnnounce } from "../../parts/announce";
import { FrequencyField } from "../../parts/FrequencyField";
import { TroubleBar } from "../../parts/trouble";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXXL, gap: tokens.spacingVerticalL, maxWidth: "640px" },
  title: { margin: 0, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  field: { maxWidth: "320px" },
  button: { alignSelf: "start" },
});

export function FinishActivation({ tenant }: { tenant: Tenant }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isImmediate, setImmediate] = useState(true);
  const [minutes, setMinutes] = useState(tenant.frequency_minutes);
  const finishing = useMutation({
    mutationFn: async () => {
      const params = { path: { tenant_id: tenant.id } };
      if (minutes !== tenant.frequency_minutes) {
        const body = { frequency_minutes: minutes };
        await answered(api.PUT("/api/v1/tenants/{tenant_id}/schedule", { params, body }));
      }
      if (isImmediate) await startBackup(tenant.id);
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["tenants"] });
      announce.success({
        title: <><bdi>{tenant.name}</bdi> is activated</>,
        body: isImmediate ? "Its first backup was started." : "Its first backup will start as scheduled.",
      });
      await navigate({ to: "/" });
    },
  });
  return (
    <>
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Microsoft confirmed the consent</MessageBarTitle> Reentra may now read <bdi>{tenant.name}</bdi>.
        </MessageBarBody>
      </MessageBar>
      <Card className={styles.card}>
        <Title3 as="h2" className={styles.title}>
          <bdi>{tenant.name}</bdi>
        </Title3>
        <Text className={styles.quiet}>{tenant.domain}</Text>
        <Switch
          label="Enable Immediate Backup"
          checked={isImmediate}
          onChange={(_, data) => setImmediate(data.checked)}
        />
        <div className={styles.field}>
          <FrequencyField minutes={minutes} onChange={setMinutes} />
        </div>
        {finishing.isError && <TroubleBar error={finishing.error} title="This did not work" />}
        <Button
          className={styles.button}
          appearance="primary"
          size="large"
          disabledFocusable={finishing.isPending}
          onClick={() => finishing.mutate()}
        >
          Continue
        </Button>
      </Card>
    </>
  );
}
