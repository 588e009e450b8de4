/** What a person can ask for, with the banner that tells what came of it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useAnnounce } from "../parts/announce";
import { TextLink } from "../parts/links";
import { answered, api, type Job, type Schemas } from "./client";

export function startBackup(tenantId: string): Promise<Job> {
  const params = { path: { tenant_id: tenantId } };
  return answered(api.POST("/api/v1/tenants/{tenant_id}/backups", { params }));
}

export function useBackUpNow() {
  const announce = useAnnounce();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (tenant: { id: string; name: string }) => startBackup(tenant.id),
    onSuccess: (job, tenant) => {
      announce.success({
        title: (
          <>
            The backup of <bdi>{tenant.name}</bdi> was started
          </>
        ),
        body: "System Status shows how far it is.",
        more: (
          <TextLink to="/system-status" search={{ job: job.id }}>
            Go to System Status
          </TextLink>
        ),
      });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
      void queries.invalidateQueries({ queryKey: ["tenants"] });
    },
    onError: (error, tenant) => announce.failure(error, <>The backup of <bdi>{tenant.name}</bdi> was not started</>),
  });
}

export interface DownloadWish {
  tenantId: string;
  /** What it is, for the banner: "Contoso", "12 users". */
  what: string;
  body: Schemas["SelectionBody"];
}

export function useDownload() {
  const announce = useAnnounce();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ tenantId, body }: DownloadWish) => {
      const params = { path: { tenant_id: tenantId } };
      return answered(api.POST("/api/v1/tenants/{tenant_id}/downloads", { params, body }));
    },
    onSuccess: (_, { what }) => {
      announce.success({
        title: (
          <>
            A download of <bdi>{what}</bdi> is being made
          </>
        ),
        body: "The ZIP is ready to be saved on Downloads in a moment.",
        more: <TextLink to="/downloads">Go to Downloads</TextLink>,
      });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
    },
    onError: (error) => announce.failure(error, "The download was not made"),
  });
}

export function useJobAct(act: "cancel" | "retry") {
  const announce = useAnnounce();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (job: Job) => {
      const params = { path: { job_id: job.id } };
      return answered(
        act === "cancel"
          ? api.POST("/api/v1/jobs/{job_id}/cancel", { params })
          : api.POST("/api/v1/jobs/{job_id}/retry", { params }),
      );
    },
    onSuccess: () => {
      announce.success({ title: act === "cancel" ? "The job is being stopped" : "The job was started again" });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
    },
    onError: (error) =>
      announce.failure(error, act === "cancel" ? "The job was not stopped" : "The job was not started again"),
  });
}

export function planRestore(tenantId: string, body: Schemas["PlanRequest"]): Promise<Job> {
  const params = { path: { tenant_id: tenantId } };
  return answered(api.POST("/api/v1/tenants/{tenant_id}/restore-plans", { params, body }));
}

export function planUndo(restoreId: string): Promise<Job> {
  const params = { path: { job_id: restoreId } };
  return answered(api.POST("/api/v1/restores/{job_id}/undo", { params }));
}

export function applyPlan(planId: string): Promise<Job> {
  const params = { path: { plan_id: planId } };
  return answered(api.POST("/api/v1/restore-plans/{plan_id}/apply", { params }));
}
