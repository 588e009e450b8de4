/** The objects of a type: search while typing, filter, choose, look at one in the sidebar. */
import {
  Breadcrumb,
  BreadcrumbDivider,
  BreadcrumbItem,
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  Text,
} from "@fluentui/react-components";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useReducer, useState } from "react";
import type { Schemas, Tenant } from "../api/client";
import { filtersQuery, objectsQuery, snapshotQuery, tenantQuery, typesQuery } from "../api/queries";
import { Page } from "../parts/layout";
import { TextLink } from "../parts/links";
import { RestoreDialog } from "../parts/restore/RestoreDialog";
import { useMay } from "../parts/role";
import { Empty, LoadingRows } from "../parts/states";
import { TroubleBar } from "../parts/trouble";
import { useUnsaved } from "../parts/unsaved";
import { useLater } from "../parts/useLater";
import { ENDING } from "../words/facets";
import { count, counted } from "../words/numbers";
import { moment } from "../words/time";
import { Acts, numberOf } from "./objects/Acts";
import { useColumns } from "./objects/columns";
import { Filters } from "./objects/Filters";
import { filtersOf, leftBy, textOf } from "./objects/filters";
import { ObjectList } from "./objects/ObjectList";
import { chosenBy, heard, told, type Choosing, type Selection } from "./objects/selection";
import { Sidebar } from "./objects/Sidebar";
import { Tools } from "./objects/Tools";

const TYPING_MS = 200;
/** In the address: the dialog of the chosen objects. */
const RESTORE_CHOSEN = "restore-chosen";

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
        {tenant.isError ? (
          <TextLink to="/">Go to the Dashboard</TextLink>
        ) : (
          <TextLink to="/tenants/$tenantId" params={{ tenantId }}>
            Show all types in the latest snapshot
          </TextLink>
        )}
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
      type={row}
      total={search.deleted ? row.removed : row.objects}
      snapshot={snapshot}
      number={chosen.data.number}
      sealedAt={chosen.data.sealed_at}
    />
  );
}

interface Props {
  tenant: Tenant;
  type: Schemas["TypeView"];
  total: number;
  /** As in the address. */
  snapshot: string;
  number: number;
  sealedAt: string | null;
}

function OfType({ tenant, type, total, snapshot, number, sealedAt }: Props) {
  const search = useSearch({ from: "/inside/tenants/$tenantId/$type" });
  const navigate = useNavigate({ from: "/tenants/$tenantId/$type" });
  const mayRestore = useMay("restores.plan");
  const mayDownload = useMay("downloads.create");
  const [typed, setTyped] = useState(search.search ?? "");
  const word = useLater(typed, TYPING_MS);
  const [asked, setAsked] = useState(search.search);
  if (search.search !== asked) {
    // By a link or by the way back, and not by what is typed here.
    setAsked(search.search);
    if (typed === word && (search.search ?? "") !== word) setTyped(search.search ?? "");
  }
  const tellColumns = useCallback(
    (text: string) => void navigate({ search: (before) => ({ ...before, columns: text }), replace: true }),
    [navigate],
  );
  const [columns, setColumns] = useColumns(type.object_type, type.facets, search.columns, tellColumns);
  const isDeleted = Boolean(search.deleted);
  const filters = filtersOf(search.filter);
  const filter = [...filters].map(([facet, value]) => `${facet}:${value}`);
  const [taken, setTaken] = useState(number);
  const ofType = { tenantId: tenant.id, type: type.object_type, snapshot: taken, deleted: isDeleted };
  const wanted = { ...ofType, search: word, filter };
  const list = useInfiniteQuery({ ...objectsQuery(wanted), placeholderData: keepPreviousData });
  // A short list follows the newest snapshot by itself; one that was read far would be thrown back to its top.
  if (number !== taken && (list.data?.pages.length ?? 0) < 2) setTaken(number);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.value) ?? [], [list.data]);
  const place = `${tenant.id}/${type.object_type}`;
  const [selection, choose] = useReducer(
    (before: Selection, act: Choosing) => chosenBy(before, act, () => rows.map((row) => row.id)),
    search.chosen,
    (text) => heard(text, place, sessionStorage),
  );
  const { chosen, isAll, isOfLoaded } = selection;
  useUnsaved(isAll || chosen.size > 0);
  const isNarrowed = word !== "" || filter.length > 0;
  const isKnown = !list.hasNextPage && list.isSuccess && !list.isPlaceholderData;
  const there = useQuery({ ...filtersQuery(ofType), enabled: filter.length > 0 }).data;
  const left = word === "" ? leftBy(filters, there) : null;
  const matches = isNarrowed ? (isKnown ? rows.length : left) : total;
  const hasMore = matches === null ? list.hasNextPage || chosen.size < rows.length : chosen.size < matches;
  const matchingBody = { ids: null, search: word, filter };
  useEffect(() => {
    void navigate({ search: (before) => ({ ...before, search: word || undefined }), replace: true });
  }, [word, navigate]);
  useEffect(() => {
    const text = told(selection, place, sessionStorage);
    if (text !== search.chosen) void navigate({ search: (before) => ({ ...before, chosen: text }), replace: true });
  }, [selection, place, search.chosen, navigate]);

  const change = useCallback(
    (changed: Record<string, string | undefined>) =>
      void navigate({ search: (before) => ({ ...before, ...changed }) }),
    [navigate],
  );
  function filterBy(chosen: ReadonlyMap<string, string>): void {
    choose("none");
    change({ filter: textOf(chosen) });
  }
  // The same functions every time: rows that did not change are not drawn anew when a page comes.
  const turn = useCallback((row: string, on: boolean) => choose({ row, on }), [choose]);
  const open = useCallback((id: string) => change({ object: id, tab: undefined }), [change]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  // Short and empty pages are no end: what is looked for may stand on the last one.
  const isLooking = filters.has(ENDING) && hasNextPage && !list.isError;
  useEffect(() => {
    if (isLooking) more();
  }, [isLooking, more]);

  const chosenBody = isAll ? matchingBody : { ids: chosen.size ? [...chosen] : null };
  const howMany = isAll ? matches : chosen.size;
  return (
    <Page
      full
      title={type.label}
      above={<Trail tenant={tenant} label={type.label} snapshot={search.snapshot} />}
      subtitle={
        <>
          {isDeleted ? counted(total, "removed object") : counted(total, "object")} in snapshot {taken}
          {sealedAt && number === taken && `, ${moment(sealedAt)}`}
        </>
      }
      actions={
        (mayRestore || mayDownload) && (
          <Acts
            tenant={tenant}
            label={type.label}
            type={type.object_type}
            body={chosenBody}
            howMany={howMany}
            isDeleted={isDeleted}
            matching={isNarrowed ? { body: matchingBody, objects: matches } : null}
            total={total}
            snapshot={taken}
            onClear={() => choose("none")}
            onRestore={() => change({ act: RESTORE_CHOSEN })}
          />
        )
      }
    >
      <Tools
        type={type}
        typed={typed}
        onType={(text) => {
          setTyped(text);
          choose("none");
        }}
        filters={
          <Filters
            type={type}
            wanted={ofType}
            filters={filters}
            onFilter={(facet, value) => filterBy(new Map(filters).set(facet, value))}
            onClear={() => filterBy(new Map())}
          />
        }
        isDeleted={isDeleted}
        onDeleted={(on) => change({ deleted: on ? "yes" : undefined, object: undefined, chosen: undefined })}
        columns={columns}
        onColumns={setColumns}
        found={isNarrowed && list.data && !list.isPlaceholderData ? foundWords(rows.length, matches, isLooking) : ""}
      />
      {number !== taken && (
        <MessageBar intent="info">
          <MessageBarBody>There is a newer snapshot, {number}.</MessageBarBody>
          <MessageBarActions>
            <Button
              onClick={() => {
                choose("none");
                setTaken(number);
              }}
            >
              Show it
            </Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {!isAll && chosen.size > 0 && isOfLoaded && hasMore && (
        <MessageBar intent="info">
          <MessageBarBody>{count(chosen.size)} are chosen: those that were loaded by then.</MessageBarBody>
          <MessageBarActions>
            <Button onClick={() => choose("all")}>
              {matches === null ? "Choose all that match" : `Choose all ${count(matches)}`}
            </Button>
          </MessageBarActions>
        </MessageBar>
      )}
      {list.isPending && <LoadingRows rows={10} />}
      {list.isError && (
        <TroubleBar
          error={list.error}
          // Not all that were read already.
          retry={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())}
        />
      )}
      {list.data && rows.length === 0 && isLooking && <LoadingRows rows={10} />}
      {list.data && rows.length === 0 && !isLooking && <Empty title={emptyWords(word, filter.length > 0, isDeleted)} />}
      {rows.length > 0 && (
        <ObjectList
          key={`${taken} ${word} ${filter.join()}`} // another list begins at its top
          label={type.label}
          rows={rows}
          total={matches}
          columns={columns}
          selection={selection}
          mayChoose={(mayRestore || mayDownload) && !isDeleted}
          onTurn={turn}
          onTurnAll={(on) => choose({ loaded: on })}
          onOpen={open}
          onEnd={more}
          ahead={(list.data?.pages.at(-1)?.value.length ?? 0) / 2}
        />
      )}
      {search.object && (
        <Sidebar
          tenant={tenant}
          type={type.object_type}
          id={search.object}
          snapshot={snapshot}
          tab={search.tab ?? "attributes"}
          onTab={(tab) => change({ tab })}
          onClose={() => change({ object: undefined, tab: undefined, act: undefined })}
          isRestoring={search.act === "restore"}
          onRestore={(on) => change({ act: on ? "restore" : undefined })}
        />
      )}
      {search.act === RESTORE_CHOSEN && mayRestore && !isDeleted && howMany !== 0 && (
        <RestoreDialog
          tenant={tenant}
          wish={{ type: type.object_type, ...chosenBody, snapshot: taken, what: `${numberOf(howMany)} of ${type.label}` }}
          onClose={() => change({ act: undefined })}
        />
      )}
    </Page>
  );
}

/** `matches` null: there may be more than are loaded. */
function foundWords(loaded: number, matches: number | null, isLooking: boolean): string {
  if (isLooking) return `${counted(loaded, "object")} found so far, looking on`;
  return matches === null ? `${counted(loaded, "object")} or more found` : `${counted(matches, "object")} found`;
}

function emptyWords(word: string, isFiltered: boolean, isDeleted: boolean): string {
  if (word) return `Nothing is called “${word}”`;
  if (isFiltered) return "Nothing fits the filters";
  return isDeleted ? "Nothing was removed" : "There are none";
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
