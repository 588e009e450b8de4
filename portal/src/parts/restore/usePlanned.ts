/** A plan for a request: the job that makes it is started once, and waited for. Nothing is written to the tenant. */
import { skipToken, useQuery } from "@tanstack/react-query";
import { planRestore, planUndo } from "../../api/acts";
import type { Job, Schemas } from "../../api/client";
import { jobQuery, planQuery } from "../../api/queries";
import { isActive } from "../../words/states";

const POLL_MS = 1000;

/** A job until it is over; live events make it quicker than the clock does. */
export function useJob(jobId: string | null): Job | undefined {
  const { data } = useQuery({
    ...jobQuery(jobId ?? ""),
    enabled: jobId !== null,
    refetchInterval: (query) => (query.state.data && !isActive(query.state.data) ? false : POLL_MS),
  });
  return data;
}

export interface Planned {
  /** What makes the plan. */
  job: Job | undefined;
  plan: Schemas["PlanView"] | undefined;
  error: Error | null;
  retry: () => void;
}

/** `since`: when the dialog was opened; a plan of before may be wrong by now. `body` null: not yet. */
export function usePlanned(tenantId: string, since: number, body: Schemas["PlanRequest"] | null): Planned {
  return usePlanOf(["planning", tenantId, since, body], body && (() => planRestore(tenantId, body)));
}

/** The plan that takes a restore back. */
export function useUndoPlanned(restoreId: string, since: number): Planned {
  return usePlanOf(["planning", "undo", restoreId, since], () => planUndo(restoreId));
}

function usePlanOf(queryKey: readonly unknown[], start: (() => Promise<Job>) | null): Planned {
  const planning = useQuery({
    queryKey,
    queryFn: start ?? skipToken,
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const job = useJob(planning.data?.id ?? null);
  const planId = job?.status === "succeeded" ? String(job.result["plan_id"]) : null;
  const plan = useQuery({ ...planQuery(planId ?? ""), enabled: planId !== null });
  return {
    job,
    plan: planId === null || planning.isFetching ? undefined : plan.data,
    error: planning.error ?? plan.error ?? failureOf(job),
    retry: () => void planning.refetch(),
  };
}

function failureOf(job: Job | undefined): Error | null {
  if (job === undefined || isActive(job) || job.status === "succeeded") return null;
  return new Error(job.error?.message ?? "Planning was cancelled.");
}
