/**
 * Restoring: a plan is computed (nothing is written), shown in plain words, and done when Restore is pressed.
 * The result is shown step by step.
 */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  Spinner,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { applyPlan, planRestore } from "../../api/acts";
import type { Job, Schemas, Tenant } from "../../api/client";
import { jobQuery, planQuery } from "../../api/queries";
import { isActive } from "../../words/states";
import { LinkButton, TextLink } from "../links";
import { TroubleBar } from "../trouble";
import { Outcome } from "./Outcome";
import { PlanWords } from "./PlanWords";
import { Steps } from "./Steps";

export interface RestoreWish {
  type: string;
  ids: string[];
  snapshot: number;
  /** What is restored, in words. */
  what: string;
}

type Links = Schemas["PlanRequest"]["links"];
const POLL_MS = 1000;

const useStyles = makeStyles({
  surface: { maxWidth: "760px" },
  content: { display: "grid", gap: tokens.spacingVerticalM, minWidth: 0 },
});

/** A job until it is over; live events make it quicker than the clock does. */
export function useJob(jobId: string | null): Job | undefined {
  const { data } = useQuery({
    ...jobQuery(jobId ?? ""),
    enabled: jobId !== null,
    refetchInterval: (query) => (query.state.data && !isActive(query.state.data) ? false : POLL_MS),
  });
  return data;
}

interface Props {
  tenant: Tenant;
  wish: RestoreWish;
  onClose: () => void;
}

export function RestoreDialog({ tenant, wish, onClose }: Props) {
  const styles = useStyles();
  return (
    <Dialog open modalType="alert" onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface className={styles.surface}>
        {tenant.restore_client_id === null ? (
          <NotAllowed tenant={tenant} onClose={onClose} />
        ) : (
          <Allowed tenant={tenant} wish={wish} onClose={onClose} />
        )}
      </DialogSurface>
    </Dialog>
  );
}

function NotAllowed({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const here = useRouterState({ select: (state) => state.location.href });
  return (
    <DialogBody>
      <DialogTitle>Restores are not allowed yet</DialogTitle>
      <DialogContent>
        Reentra may read {tenant.name}, but not write to it. An administrator of the tenant has to consent to the restore
        app once; then you come back here.
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <LinkButton
          appearance="primary"
          to="/new-tenants"
          search={{ tenant: tenant.id, purpose: "restore", back: here }}
        >
          Allow restores
        </LinkButton>
      </DialogActions>
    </DialogBody>
  );
}

function Allowed({ tenant, wish, onClose }: Props) {
  const styles = useStyles();
  const queries = useQueryClient();
  const [links, setLinks] = useState<Links>("replace");
  const planning = useMutation({
    mutationFn: (mode: Links) => {
      const body = { object_types: [wish.type], ids: wish.ids, snapshot: String(wish.snapshot), links: mode };
      return planRestore(tenant.id, body);
    },
  });
  const { mutate: startPlan } = planning;
  useEffect(() => startPlan(links), [startPlan, links]);
  const planJob = useJob(planning.data?.id ?? null);
  const planId = planJob?.status === "succeeded" ? String(planJob.result["plan_id"]) : null;
  const plan = useQuery({ ...planQuery(planId ?? ""), enabled: planId !== null });
  const applying = useMutation({
    mutationFn: applyPlan,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const applyJob = useJob(applying.data?.id ?? null);
  const isPlanned = plan.data !== undefined && !planning.isPending;
  const isApplying = applying.isPending || applying.isSuccess;
  const isOver = applyJob !== undefined && !isActive(applyJob);
  const hasSteps = Number(plan.data?.counts["steps"] ?? 0) > 0;
  const planTrouble = planning.error ?? plan.error ?? failureOf(planJob);
  return (
    <DialogBody>
      <DialogTitle>
        {isApplying ? (isOver ? "Restored" : "Restoring") : "Restore"} <bdi>{wish.what}</bdi>
        {isApplying ? "" : "?"}
      </DialogTitle>
      <DialogContent className={styles.content}>
        {!isApplying && (
          <>
            <Text>
              In <bdi>{tenant.name}</bdi>, as it was in snapshot {wish.snapshot}. Nothing is written before you press
              Restore.
            </Text>
            <Field label="Relationships">
              <Select value={links} onChange={(_, data) => setLinks(data.value as Links)}>
                <option value="replace">As in the snapshot: add what is missing, remove what is new</option>
                <option value="merge">Only add what is missing</option>
                <option value="none">Leave them alone</option>
              </Select>
            </Field>
          </>
        )}
        {planTrouble && <TroubleBar error={planTrouble} title="No plan could be made" retry={() => startPlan(links)} />}
        {!planTrouble && !isPlanned && <Spinner label="Comparing the backup with the tenant" />}
        {isPlanned && !isApplying && <PlanWords plan={plan.data} />}
        {applying.isError && <TroubleBar error={applying.error} title="The restore was not started" />}
        {isApplying && !isOver && <Spinner label="Writing to the tenant and reading it back" />}
        {isOver && <Outcome job={applyJob} />}
        {isPlanned && hasSteps && <Steps planId={plan.data.id} isRunning={isApplying && !isOver} />}
        {isOver && (
          <TextLink to="/restores/$planId" params={{ planId: plan.data?.id ?? "" }}>
            Open the report
          </TextLink>
        )}
        {isApplying && !isOver && (
          <MessageBar intent="info">
            <MessageBarBody>You may close this: the restore goes on, and Restores shows what comes of it.</MessageBarBody>
          </MessageBar>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{isApplying ? "Close" : "Cancel"}</Button>
        {!isApplying && (
          <Button
            appearance="primary"
            disabled={!isPlanned || !hasSteps}
            onClick={() => plan.data && applying.mutate(plan.data.id)}
          >
            Restore
          </Button>
        )}
      </DialogActions>
    </DialogBody>
  );
}

function failureOf(job: Job | undefined): Error | null {
  if (job === undefined || isActive(job) || job.status === "succeeded") return null;
  return new Error(job.error?.message ?? "Planning was cancelled.");
}
