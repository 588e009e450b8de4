/** In a dialog: the plan in words until it is applied, then what comes of it, step by step. */
import { MessageBar, MessageBarBody, Spinner, useAnnounce } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { applyPlan } from "../../api/acts";
import type { Job } from "../../api/client";
import { percentOf } from "../../words/progress";
import { isActive } from "../../words/states";
import { TextLink } from "../links";
import { TroubleBar } from "../trouble";
import { Delay, isHeldUp, LongPlan } from "./Delay";
import { Outcome } from "./Outcome";
import { happening, PlanWords } from "./PlanWords";
import { Steps } from "./Steps";
import { useJob, type Planned } from "./usePlanned";

export interface Applying {
  apply: (planId: string) => void;
  error: Error | null;
  job: Job | undefined;
  isBegun: boolean;
  isOver: boolean;
}

export function useApplying(): Applying {
  const queries = useQueryClient();
  const applying = useMutation({
    mutationFn: applyPlan,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const job = useJob(applying.data?.id ?? null);
  return {
    apply: applying.mutate,
    error: applying.error,
    job,
    isBegun: applying.isPending || applying.isSuccess,
    isOver: job !== undefined && !isActive(job),
  };
}

interface Props {
  planned: Planned;
  applying: Applying;
  /** What is compared with the tenant. */
  compared: string;
}

export function PlanAndResult({ planned: { plan, error, retry, job: planning }, applying, compared }: Props) {
  const { isBegun, isOver, job } = applying;
  const { announce } = useAnnounce();
  const words = plan && !isBegun ? happening(plan).join(", ") : "";
  useEffect(() => {
    // For whoever does not see the plan take the place of the wait; what is written there in bars tells itself.
    if (words) announce(`The plan is ready. What will happen: ${words}`, { polite: true });
  }, [words, announce]);
  return (
    <>
      {error && <TroubleBar error={error} title="No plan could be made" retry={retry} />}
      {!error && !plan && <Spinner label={comparing(compared, planning)} />}
      {!error && !plan && <Delay job={planning} />}
      {!error && !plan && <LongPlan job={planning} />}
      {plan && !isBegun && <PlanWords plan={plan} />}
      {applying.error && <TroubleBar error={applying.error} title="The restore was not started" />}
      {isBegun && !isOver && <Spinner label={isHeldUp(job) ? "Waiting" : "Writing to the tenant and reading it back"} />}
      <Delay job={job} />
      {isOver && job && <Outcome job={job} isUndo={Boolean(plan?.undoes)} />}
      {plan && Number(plan.counts["steps"] ?? 0) > 0 && (
        <Steps tenantId={plan.tenant_id} planId={plan.id} isRunning={isBegun && !isOver} />
      )}
      {isOver && plan && (
        <TextLink to="/restores/$planId" params={{ planId: plan.id }}>
          Open the report
        </TextLink>
      )}
      {isBegun && !isOver && (
        <MessageBar intent="info">
          <MessageBarBody>You may close this: the restore goes on, and Restores shows what comes of it.</MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}

/** Nothing is told of the first moment: most plans are made in it. */
function comparing(compared: string, planning: Job | undefined): string {
  const percent = planning ? percentOf(planning) : null;
  return `Comparing ${compared} with the tenant${percent ? `: ${percent} %` : ""}`;
}
