/** Everything the portal reads, under the keys by which live events make it read again. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

type JobKind = Schemas["JobView"]["kind"];
type JobStatus = Schemas["JobView"]["status"];

export const ACTIVE: readonly JobStatus[] = ["queued", "running"];
const PAGE = 200;
const ROWS = 500;

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => answered(api.GET("/api/v1/session")),
  staleTime: Infinity,
});

export const tenantsQuery = queryOptions({
  queryKey: ["tenants"],
  queryFn: async () => (await answered(api.GET("/api/v1/tenants"))).value,
});

/** Also of tenants that were disconnected: jobs and the audit log tell of them. */
export const tenantNamesQuery = queryOptions({
  queryKey: ["tenants", "names"],
  queryFn: async () => (await answered(api.GET("/api/v1/tenants/names"))).value,
});

export const tenantQuery = (tenantId: string) =>
  queryOptions({
    queryKey: ["tenants", tenantId],
    queryFn: () => answered(api.GET("/api/v1/tenants/{tenant_id}", { params: { path: { tenant_id: tenantId } } })),
  });

export const coverageQuery = (tenantId: string) =>
  queryOptions({
    queryKey: ["tenants", tenantId, "coverage"],
    queryFn: async () => {
      const path = { tenant_id: tenantId };
      return (await answered(api.GET("/api/v1/tenants/{tenant_id}/coverage", { params: { path } }))).value;
    },
  });

export const cloudsQuery = queryOptions({
  queryKey: ["clouds"],
  queryFn: async () => (await answered(api.GET("/api/v1/clouds"))).value,
  staleTime: Infinity,
});

export interface JobsWanted {
  kinds?: JobKind[];
  statuses?: JobStatus[];
  tenant?: string;
}

export const jobsQuery = (wanted: JobsWanted = {}) =>
  infiniteQueryOptions({
    queryKey: ["jobs", wanted],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET("/api/v1/jobs", {
          params: {
            query: {
              kind: wanted.kinds ?? [],
              status: wanted.statuses ?? [],
              tenant: wanted.tenant ?? null,
              cursor: pageParam,
              limit: 50,
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next_link),
  });

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["jobs", "one", jobId],
    queryFn: () => answered(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: jobId } } })),
  });

/** A page of what each backup found, newest first; `until` begins it at a moment of before. */
export const timelineQuery = (tenantId: string, until: string | null = null) =>
  infiniteQueryOptions({
    queryKey: ["tenants", tenantId, "timeline", until],
    queryFn: ({ pageParam }) => {
      const params = { path: { tenant_id: tenantId }, query: { until, cursor: pageParam, limit: 100 } };
      return answered(api.GET("/api/v1/tenants/{tenant_id}/timeline", { params }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next_link),
  });

/** The backups between two moments; at most a thousand, the newest. */
export const spanQuery = (tenantId: string, since: string, until: string) =>
  queryOptions({
    queryKey: ["tenants", tenantId, "span", since, until],
    queryFn: async () => {
      const params = { path: { tenant_id: tenantId }, query: { since, until, limit: 1000 } };
      return (await answered(api.GET("/api/v1/tenants/{tenant_id}/timeline", { params }))).value;
    },
  });

export const recycleBinQuery = (tenantId: string, snapshot: string) =>
  infiniteQueryOptions({
    queryKey: ["tenants", tenantId, "recycle-bin", snapshot],
    queryFn: ({ pageParam }) => {
      const params = { path: { tenant_id: tenantId }, query: { snapshot, cursor: pageParam, limit: 20 } };
      return answered(api.GET("/api/v1/tenants/{tenant_id}/recycle-bin", { params }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next_link),
  });

export const typesQuery = (tenantId: string, snapshot: string) =>
  queryOptions({
    queryKey: ["tenants", tenantId, "types", snapshot],
    queryFn: async () => {
      const params = { path: { tenant_id: tenantId }, query: { snapshot } };
      return (await answered(api.GET("/api/v1/tenants/{tenant_id}/types", { params }))).value;
    },
  });

export type FiltersWanted = Pick<ListWanted, "tenantId" | "type" | "snapshot" | "deleted">;

export const filtersQuery = (wanted: FiltersWanted) =>
  queryOptions({
    queryKey: ["objects", "filters", wanted],
    staleTime: Infinity,
    queryFn: async () => {
      const { tenantId, type, snapshot, deleted } = wanted;
      const path = { tenant_id: tenantId, object_type: type };
      const params = { path, query: { snapshot: String(snapshot), deleted } };
      return (await answered(api.GET("/api/v1/tenants/{tenant_id}/types/{object_type}/filters", { params }))).value;
    },
  });

export interface ListWanted {
  tenantId: string;
  type: string;
  snapshot: number;
  search: string;
  /** `facet:value`, all of which must fit. */
  filter: string[];
  deleted: boolean;
}

/** A snapshot never changes: no live event makes its pages be read again, of which there may be hundreds. */
export const objectsQuery = (wanted: ListWanted) =>
  infiniteQueryOptions({
    queryKey: ["objects", wanted],
    staleTime: Infinity,
    queryFn: ({ pageParam, signal }) => {
      const { tenantId, type, snapshot, search, filter, deleted } = wanted;
      const query = { type, snapshot: String(snapshot), search, filter, deleted, cursor: pageParam, limit: ROWS };
      const params = { path: { tenant_id: tenantId }, query };
      return answered(api.GET("/api/v1/tenants/{tenant_id}/objects", { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next_link),
  });

/** What a tenant's licences are called: Microsoft's part numbers by sku id. */
export const licencesQuery = (tenantId: string) =>
  queryOptions({
    queryKey: ["licences", tenantId],
    queryFn: async ({ signal }) => {
      const params = { path: { tenant_id: tenantId }, query: { type: "subscribedSku", limit: ROWS } };
      const page = await answered(api.GET("/api/v1/tenants/{tenant_id}/objects", { params, signal }));
      // Their ids are the tenant's and the sku's.
      return new Map(page.value.map((row) => [row.id.split("_").at(-1) ?? row.id, row.display_name]));
    },
  });

export interface ObjectWanted {
  tenantId: string;
  type: string;
  id: string;
}

const pathOf = ({ tenantId, type, id }: ObjectWanted) => ({ tenant_id: tenantId, object_type: type, object_id: id });

export const objectQuery = (wanted: ObjectWanted, snapshot: string) =>
  queryOptions({
    queryKey: ["tenants", wanted.tenantId, "object", wanted, snapshot],
    queryFn: () => {
      const params = { path: pathOf(wanted), query: { snapshot } };
      return answered(api.GET("/api/v1/tenants/{tenant_id}/objects/{object_type}/{object_id}", { params }));
    },
  });

export const historyQuery = (wanted: ObjectWanted) =>
  queryOptions({
    queryKey: ["tenants", wanted.tenantId, "history", wanted],
    queryFn: async () => {
      const params = { path: pathOf(wanted) };
      const asked = api.GET("/api/v1/tenants/{tenant_id}/objects/{object_type}/{object_id}/history", { params });
      return (await answered(asked)).value;
    },
  });

export const rawQuery = (wanted: ObjectWanted, snapshot: string) =>
  queryOptions({
    queryKey: ["tenants", wanted.tenantId, "raw", wanted, snapshot],
    queryFn: () => {
      const params = { path: pathOf(wanted), query: { snapshot } };
      const asked = api.GET("/api/v1/tenants/{tenant_id}/objects/{object_type}/{object_id}/raw", {
        params,
        parseAs: "text",
      });
      return answered<string>(asked);
    },
  });

export const planQuery = (planId: string) =>
  queryOptions({
    queryKey: ["plans", planId],
    queryFn: () => answered(api.GET("/api/v1/restore-plans/{plan_id}", { params: { path: { plan_id: planId } } })),
    staleTime: Infinity,
  });

export const stepsQuery = (planId: string) =>
  infiniteQueryOptions({
    queryKey: ["jobs", "steps", planId],
    queryFn: ({ pageParam }) => {
      const params = { path: { plan_id: planId }, query: { cursor: pageParam, limit: PAGE } };
      return answered(api.GET("/api/v1/restore-plans/{plan_id}/steps", { params }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next_link),
  });

export const auditQuery = (tenant: string | null) =>
  infiniteQueryOptions({
    queryKey: ["audit", tenant],
    queryFn: ({ pageParam }) =>
      answered(api.GET("/api/v1/audit", { params: { query: { tenant, cursor: pageParam, limit: 100 } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next_link),
  });

export const credentialsQuery = queryOptions({
  queryKey: ["tenants", "credentials"],
  queryFn: async () => (await answered(api.GET("/api/v1/tenants/credentials"))).value,
});

export const peopleQuery = infiniteQueryOptions({
  queryKey: ["people"],
  queryFn: ({ pageParam }) =>
    answered(api.GET("/api/v1/people", { params: { query: { cursor: pageParam, limit: PAGE } } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => cursorOf(page.next_link),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => (await answered(api.GET("/api/v1/tokens"))).value,
});

export function cursorOf(link: string | null | undefined): string | null {
  return link ? new URL(link, "http://gateway").searchParams.get("cursor") : null;
}

export const permissionsQuery = queryOptions({
  queryKey: ["permissions"],
  queryFn: async () => (await answered(api.GET("/api/v1/permissions"))).value,
  staleTime: Infinity,
});

export const snapshotQuery = (tenantId: string, snapshot: string) =>
  queryOptions({
    queryKey: ["tenants", tenantId, "snapshot", snapshot],
    queryFn: () => {
      const params = { path: { tenant_id: tenantId, snapshot } };
      return answered(api.GET("/api/v1/tenants/{tenant_id}/snapshots/{snapshot}", { params }));
    },
  });
