/** One object: its attributes, what it is linked to, how it came to be, and what can be done with it. */
import {
  Badge,
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  OverlayDrawer,
  Tab,
  TabList,
  Text,
  tokens,
} from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUndoRegular } from "@fluentui/react-icons/svg/arrow-undo";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import { useQuery } from "@tanstack/react-query";
import { useDownload } from "../../api/acts";
import type { ObjectDetail, Tenant } from "../../api/client";
import { coverageQuery, objectQuery, snapshotQuery } from "../../api/queries";
import { BANNER_ROOM } from "../../parts/bannerRoom";
import { RestoreDialog } from "../../parts/restore/RestoreDialog";
import { useMay } from "../../parts/role";
import { LoadingRows } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { useFocusBack, useUncovered } from "../../parts/useFocusBack";
import { removedWords } from "../../words/days";
import { Attributes } from "./Attributes";
import { History } from "./History";
import { Raw } from "./Raw";
import { Relationships } from "./Relationships";

const PHONE = "@media (max-width: 640px)";
const useStyles = makeStyles({
  // As wide as the page below it, so that all tabs stand in one line.
  inner: { [PHONE]: { paddingLeft: tokens.spacingHorizontalL, paddingRight: tokens.spacingHorizontalL } },
  drawer: { width: "min(680px, 100vw)" },
  title: { overflowWrap: "anywhere" },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  head: { display: "grid", gap: tokens.spacingVerticalS },
  tabs: { flexWrap: "wrap", flexShrink: 0 },
  panel: { paddingTop: tokens.spacingVerticalM, paddingBottom: BANNER_ROOM },
});

interface Props {
  tenant: Tenant;
  type: string;
  id: string;
  snapshot: string;
  tab: string;
  onTab: (tab: string) => void;
  onClose: () => void;
  isRestoring: boolean;
  onRestore: (on: boolean) => void;
}

export function Sidebar({ tenant, type, id, snapshot, tab, onTab, onClose, isRestoring, onRestore }: Props) {
  const styles = useStyles();
  const wanted = { tenantId: tenant.id, type, id };
  const object = useQuery(objectQuery(wanted, snapshot));
  const name = object.data?.display_name || id;
  useFocusBack();
  useUncovered(onClose);
  return (
    <OverlayDrawer
      open
      // The list beside it stays in use, and banners stay within reach of screen readers.
      modalType="non-modal"
      position="end"
      className={styles.drawer}
      aria-label={name}
      onOpenChange={(_, data) => !data.open && onClose()}
    >
      <DrawerHeader className={styles.inner}>
        <DrawerHeaderTitle
          heading={{ as: "h2", className: styles.title }}
          action={<Button appearance="subtle" aria-label="Close" icon={<DismissRegular />} onClick={onClose} />}
        >
          <bdi>{name}</bdi>
        </DrawerHeaderTitle>
        {object.data && (
          <Head
            tenant={tenant}
            object={object.data}
            snapshot={snapshot}
            isRestoring={isRestoring}
            onRestore={onRestore}
          />
        )}
      </DrawerHeader>
      <DrawerBody tabIndex={0} className={styles.inner}>
        <TabList
          className={styles.tabs}
          selectedValue={tab}
          onTabSelect={(_, data) => onTab(String(data.value))}
          aria-label="About this object"
        >
          <Tab value="attributes">Attributes</Tab>
          <Tab value="relationships">Relationships</Tab>
          <Tab value="history">History</Tab>
          <Tab value="json">JSON</Tab>
        </TabList>
        <div role="tabpanel" aria-label={tab} className={styles.panel}>
          {object.isPending && <LoadingRows rows={8} />}
          {object.isError && <TroubleBar error={object.error} retry={() => void object.refetch()} />}
          {object.data && tab === "attributes" && <Attributes properties={object.data.properties} />}
          {object.data && tab === "relationships" && (
            <Relationships tenantId={tenant.id} object={object.data} snapshot={snapshot} />
          )}
          {tab === "history" && <History wanted={wanted} />}
          {object.data && tab === "json" && <Raw wanted={wanted} snapshot={snapshot} />}
        </div>
      </DrawerBody>
    </OverlayDrawer>
  );
}

interface HeadProps {
  tenant: Tenant;
  object: ObjectDetail;
  snapshot: string;
  isRestoring: boolean;
  onRestore: (on: boolean) => void;
}

function Head({ tenant, object, snapshot, isRestoring, onRestore }: HeadProps) {
  const styles = useStyles();
  const mayRestore = useMay("restores.plan");
  const mayDownload = useMay("downloads.create");
  const download = useDownload();
  const coverage = useQuery(coverageQuery(tenant.id));
  const chosen = useQuery(snapshotQuery(tenant.id, snapshot));
  const row = coverage.data?.find((one) => one.object_type === object.object_type);
  // A removed object is as it was last in the snapshot before the one that saw it gone.
  const number = object.removed ? object.first_snapshot - 1 : chosen.data?.number;
  const name = object.display_name || object.id;
  const isRestorable = mayRestore && row !== undefined && row.restorable !== "read_only";
  const facts = [row?.label, object.facets["userPrincipalName"] ?? object.facets["mail"], object.id];
  return (
    <div className={styles.head}>
      <Text size={200} className={styles.quiet}>
        {facts.filter(Boolean).join(" · ")}
      </Text>
      {object.removed && (
        <span>
          <Badge appearance="tint" color="warning">
            {removedWords(object.removed, object.kept_until)}
          </Badge>
        </span>
      )}
      {number !== undefined && number > 0 && (
        <div className={styles.actions}>
          {isRestorable && (
            <Button appearance="primary" icon={<ArrowUndoRegular />} onClick={() => onRestore(true)}>
              Restore
            </Button>
          )}
          {isRestorable && isRestoring && (
            <RestoreDialog
              tenant={tenant}
              wish={{ type: object.object_type, ids: [object.id], snapshot: number, what: name }}
              onClose={() => onRestore(false)}
            />
          )}
          {mayDownload && (
            <Button
              icon={<ArrowDownloadRegular />}
              disabledFocusable={download.isPending}
              onClick={() =>
                download.mutate({
                  tenantId: tenant.id,
                  what: name,
                  body: { object_types: [object.object_type], ids: [object.id], snapshot: String(number) },
                })
              }
            >
              Download
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
