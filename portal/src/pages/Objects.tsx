/** The objects of a type: search while typing, choose, look at one in the sidebar. */
import {
  Breadcrumb,
  BreadcrumbDivider,
  BreadcrumbItem,
  Button,
  makeStyles,
  SearchBox,
  Switch,
  Text,
  tokens,
} from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUndoRegular } from "@fluentui/react-icons/svg/arrow-undo";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useDownload } from "../api/acts";
import type { Tenant } from "../api/client";
import { objectsQuery, snapshotQuery, tenantQuery, typesQuery } from "../api/queries";
import { Page } from "../parts/layout";
import { TextLink } from "../parts/links";
import { RestoreDialog, type RestoreWish } from "../parts/restore/RestoreDialog";
import { useMayDo } from "../parts/role";
import { Empty, LoadingRows } from "../parts/states";
import { TroubleBar } from "../parts/trouble";
import { useLater } from "../parts/useLater";
import { count, counted } from "../words/numbers";
import { moment } from "../words/time";
import { ObjectList } from "./objects/ObjectList";
import { Sidebar } from "./objects/Sidebar";

const TYPING_MS = 200;
const MOST_CHOSEN = 10_000;

const useStyles = makeStyles({
  tools: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" },
  search: { minWidth: "min(320px, 100%)" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function Objects() {
  const { tenantId, type } = useParams({ from: "/inside/tenants/$tenantId/$type" });
  const search = useSearch({ from: "/inside/tenants/$tenantId/$type" });
  const tenant = useQuery(tenantQuery(tenantId));
  const snapshot = search.snapshot ?? "latest";
  const types = useQuery(typesQuery(tenantId, snapshot));
  const chosen = useQuery(snapshotQuery(tenantId, snapshot));
  const trouble = [tenant, types, chosen].find((query) => query.isError);
  if (trouble) {
    return (
      <Page title="Objects">
        <TroubleBar error={trouble.error} retry={() => void trouble.refetch()} />
      </Page>
    );
  }
  if (!tenant.data || !types.data || !chosen.data) {
    return (
      <Page title="Objects">
        <LoadingRows rows={10} />
      </Page>
    );
  }
  const row = types.data.find((one) => one.object_type.toLowerCase() === type.toLowerCase());
  if (!row) {
    return (
      <Page title="Objects">
        <Empty title="There is no such object type">
          <TextLink to="/tenants/$tenantId" params={{ tenantId }}>
            Show all types
          </TextLink>
        </Empty>
      </Page>
    );
  }
  return (
    <OfType
      key={`${tenantId} ${row.object_type} ${snapshot} ${search.deleted ?? ""}`}
      tenant={tenant.data}
      type={row.object_type}
      label={row.label}
      total={search.deleted ? row.removed : row.objects}
      snapshot={snapshot}
      number={chosen.data.number}
      sealedAt={chosen.data.sealed_at}
    />
  );
}

interface Props {
  tenant: Tenant;
  type: string;
  label: string;
  total: number;
  /** As in the address. */
  snapshot: string;
  number: number;
  sealedAt: string | null;
}

function OfType({ tenant, type, label, total, snapshot, number, sealedAt }: Props) {
  const styles = useStyles();
  const mayDo = useMayDo();
  const search = useSearch({ from: "/inside/tenants/$tenantId/$type" });
  const navigate = useNavigate({ from: "/tenants/$tenantId/$type" });
  const download = useDownload();
  const [typed, setTyped] = useState(search.search ?? "");
  const word = useLater(typed, TYPING_MS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [restoring, setRestoring] = useState<RestoreWish | null>(null);
  const isDeleted = Boolean(search.deleted);
  const wanted = { tenantId: tenant.id, type, snapshot, search: word, deleted: isDeleted };
  const list = useInfiniteQuery({ ...objectsQuery(wanted), placeholderData: keepPreviousData });
  const rows = list.data?.pages.flatMap((page) => page.value) ?? [];
  useEffect(() => {
    void navigate({ search: (before) => ({ ...before, search: word || undefined }), replace: true });
  }, [word, navigate]);

  const change = (changed: Record<string, string | undefined>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }) });
  const ids = [...chosen];
  const what = chosen.size > 0 ? `${count(chosen.size)} of ${label}` : `${label} of ${tenant.name}`;
  return (
    <Page
      full
      title={label}
      above={<Trail tenant={tenant} label={label} snapshot={search.snapshot} />}
      subtitle={
        <>
          {isDeleted ? counted(total, "removed object") : counted(total, "object")} in snapshot {number}
          {sealedAt && `, ${moment(sealedAt)}`}
        </>
      }
      actions={
        mayDo && (
          <>
            {chosen.size > 0 && <Button onClick={() => setChosen(new Set())}>Clear selection</Button>}
            {chosen.size > 0 && !isDeleted && (
              <Button
                icon={<ArrowUndoRegular />}
                onClick={() => setRestoring({ type, ids, snapshot: number, what })}
              >
                Restore {count(chosen.size)}
              </Button>
            )}
            {!isDeleted && total > 0 && (
              <Button
                icon={<ArrowDownloadRegular />}
                disabledFocusable={download.isPending || chosen.size > MOST_CHOSEN}
                onClick={() =>
                  download.mutate({
                    tenantId: tenant.id,
                    what,
                    body: { object_types: [type], ids: ids.length ? ids : null, snapshot: String(number) },
                  })
                }
              >
                {chosen.size > 0 ? `Download ${count(chosen.size)}` : "Download"}
              </Button>
            )}
          </>
        )
      }
    >
      <div className={styles.tools}>
        <SearchBox
          className={styles.search}
          aria-label={`Search ${label}`}
          placeholder="Search by name, address or id"
          value={typed}
          onChange={(_, data) => setTyped(data.value)}
        />
        <Switch
          label="Removed objects"
          checked={isDeleted}
          onChange={(_, data) => change({ deleted: data.checked ? "yes" : undefined, object: undefined })}
        />
        {word && list.data && (
          <Text role="status" className={styles.quiet}>
            {counted(rows.length, "object")}
            {list.hasNextPage ? " or more" : ""} found
          </Text>
        )}
      </div>
      {list.isPending && <LoadingRows rows={10} />}
      {list.isError && <TroubleBar error={list.error} retry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && (
        <Empty title={word ? `Nothing is called “${word}”` : isDeleted ? "Nothing was removed" : "There are none"} />
      )}
      {rows.length > 0 && (
        <ObjectList
          label={label}
          rows={rows}
          total={word ? rows.length : total}
          chosen={chosen}
          mayChoose={mayDo && !isDeleted}
          onChoose={setChosen}
          onOpen={(id) => change({ object: id, tab: undefined })}
          onEnd={() => {
            if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
          }}
        />
      )}
      {search.object && (
        <Sidebar
          tenant={tenant}
          type={type}
          id={search.object}
          snapshot={snapshot}
          tab={search.tab ?? "attributes"}
          onTab={(tab) => change({ tab })}
          onClose={() => change({ object: undefined, tab: undefined })}
          onRestore={setRestoring}
        />
      )}
      {restoring && <RestoreDialog tenant={tenant} wish={restoring} onClose={() => setRestoring(null)} />}
    </Page>
  );
}

function Trail({ tenant, label, snapshot }: { tenant: Tenant; label: string; snapshot: string | undefined }) {
  return (
    <Breadcrumb aria-label="Where you are" size="small">
      <BreadcrumbItem>
        <TextLink to="/">Dashboard</TextLink>
      </BreadcrumbItem>
      <BreadcrumbDivider />
      <BreadcrumbItem>
        <TextLink to="/tenants/$tenantId" params={{ tenantId: tenant.id }} search={snapshot ? { snapshot } : {}}>
          <bdi>{tenant.name}</bdi>
        </TextLink>
      </BreadcrumbItem>
      <BreadcrumbDivider />
      <BreadcrumbItem>
        <Text size={200}>{label}</Text>
      </BreadcrumbItem>
    </Breadcrumb>
  );
}
