/** What Microsoft will ask for, and why. */
import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  makeStyles,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { permissionsQuery } from "../../api/queries";
import { LoadingRows } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { counted } from "../../words/numbers";
import { permissionWords } from "../../words/permissions";

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyleType: "none", display: "grid", gap: tokens.spacingVerticalS },
  panel: { paddingTop: tokens.spacingVerticalS },
  row: { display: "grid", gridTemplateColumns: "minmax(0, 1fr)", overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function Permissions({ purpose }: { purpose: "backup" | "restore" }) {
  const styles = useStyles();
  const permissions = useQuery(permissionsQuery);
  if (permissions.isPending) return <LoadingRows rows={2} />;
  if (permissions.isError) return <TroubleBar error={permissions.error} retry={() => void permissions.refetch()} />;
  const asked = permissions.data.filter((permission) => permission.purpose === purpose);
  const what = counted(asked.length, "permission");
  return (
    <Accordion collapsible defaultOpenItems={["permissions"]}>
      <AccordionItem value="permissions">
        <AccordionHeader as="h3">
          {purpose === "backup"
            ? `What Reentra asks for: ${what}, all of them only to read`
            : `What Reentra asks for: ${what} to write`}
        </AccordionHeader>
        <AccordionPanel className={styles.panel}>
          <ul className={styles.list}>
            {asked.map((permission) => (
              <li key={permission.name} className={styles.row}>
                <Text weight="semibold">{permissionWords(permission.name)}</Text>
                <Text size={200} className={styles.quiet}>
                  <code>{permission.name}</code>, for {permission.object_types.join(", ")}
                </Text>
              </li>
            ))}
          </ul>
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}
