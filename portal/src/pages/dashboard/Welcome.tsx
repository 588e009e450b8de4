/** The first run: nothing is connected yet. */
import { Button, Card, makeStyles, Text, Title3, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../../api/queries";
import { LinkButton } from "../../parts/links";
import { useMay } from "../../parts/role";
import { Empty } from "../../parts/states";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXXL, gap: tokens.spacingVerticalL, maxWidth: "720px" },
  title: { margin: 0 },
  steps: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, display: "grid", gap: tokens.spacingVerticalS },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM },
});

export function Welcome({ onAdd }: { onAdd: () => void }) {
  const styles = useStyles();
  const { data: me } = useQuery(meQuery);
  if (!useMay("tenants.connect")) {
    return (
      <Empty title={me?.tenants ? "None of your tenants is connected" : "No tenant is connected yet"}>
        <Text>An administrator of Reentra can connect one.</Text>
      </Empty>
    );
  }
  return (
    <Card className={styles.card}>
      <Title3 as="h2" className={styles.title}>
        Welcome. Connect your first tenant
      </Title3>
      <ol className={styles.steps}>
        <li>
          <Text>
            Press New Tenants and sign in with Microsoft as an administrator of the tenant: Microsoft shows what Reentra
            may read, and you consent.
          </Text>
        </li>
        <li>
          <Text>Choose how often it is backed up. The first backup can start at once.</Text>
        </li>
      </ol>
      <div className={styles.actions}>
        <LinkButton to="/new-tenants" appearance="primary">
          New Tenants
        </LinkButton>
        <Button onClick={onAdd}>Add tenant for later</Button>
      </div>
    </Card>
  );
}
