import { Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import { useRouter } from "@tanstack/react-router";
import type { Tenant } from "../../api/client";

const useStyles = makeStyles({ button: { alignSelf: "start" } });

export function RestoreAllowed({ tenant, back }: { tenant: Tenant; back: string | undefined }) {
  const styles = useStyles();
  const router = useRouter();
  return (
    <>
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Restores are allowed</MessageBarTitle> Reentra may now write to {tenant.name} when you
          confirm a restore.
        </MessageBarBody>
      </MessageBar>
      <Button
        className={styles.button}
        appearance="primary"
        onClick={() => router.history.push(back ?? `/tenants/${tenant.id}`)}
      >
        Continue
      </Button>
    </>
  );
}
