/** One plan with all its steps; what became of them, when it was carried out. */
import { Breadcrumb, BreadcrumbDivider, BreadcrumbItem, Button, Text } from "@fluentui/react-components";
import { ArrowUndoRegular } from "@fluentui/react-icons/svg/arrow-undo";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { applyPlan } from "../api/acts";
import type { Schemas } from "../api/client";
import { jobsQuery, planQuery } from "../api/queries";
import { Confirm } from "../parts/Confirm";
import { Page } from "../parts/layout";
import { TextLink } from "../parts/links";
import { Delay } from "../parts/restore/Delay";
import { Outcome } from "../parts/restore/Outcome";
import { PlanWords } from "../parts/restore/PlanWords";
import { Steps } from "../parts/restore/Steps";
import { UndoDialog } from "../parts/restore/UndoDialog";
import { useMay } from "../parts/role";
import { LoadingRows } from "../parts/states";
import { useIsConnected, useTenantName } from "../parts/tenants";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";
import { counted } from "../words/numbers";
import { isActive } from "../words/states";

export function RestorePlan() {
  const { planId } = useParams({ from: "/inside/restores/$planId" });
  const plan = useQuery(planQuery(planId));
  const nameOf = useTenantName();
  if (plan.isPending) {
    return (
      <Page title="Restore">
        <LoadingRows />
      </Page>
    );
  }
  if (plan.isError) {
    return (
      <Page title="Restore">
        <TroubleBar error={plan.error} retry={() => void plan.refetch()} />
        <TextLink to="/restores">Show all restores</TextLink>
      </Page>
    );
  }
  // Another plan is another page: a dialog of the one before must not stay open over it.
  return <OfPlan key={plan.data.id} plan={plan.data} tenantName={nameOf(plan.data.tenant_id)} />;
}

function OfPlan({ plan, tenantName }: { plan: Schemas["PlanView"]; tenantName: string }) {
  const isConnected = useIsConnected(plan.tenant_id);
  const mayRestore = useMay("restores.apply") && isConnected;
  const jobs = useInfiniteQuery(jobsQuery({ kinds: ["restore_apply"], tenant: plan.tenant_id }));
  const [isAsking, setAsking] = useState(false);
  const [isUndoing, setUndoing] = useState(false);
  const job = jobs.data?.pages.flatMap((page) => page.value).find((one) => one.params["plan_id"] === plan.id);
  const isRunning = job !== undefined && isActive(job);
  const steps = Number(plan.counts["steps"] ?? 0);
  return (
    <Page
      title={plan.undoes ? `Undo of a restore in ${tenantName}` : `Restore in ${tenantName}`}
      above={<Trail />}
      subtitle={
        <>
          {plan.undoes ? "As before the restore" : `To snapshot ${plan.snapshot}`}, planned <When at={plan.created_at} /> by <bdi>{plan.created_by}</bdi>
        </>
      }
      actions={
        mayRestore &&
        jobs.data !== undefined &&
        steps > 0 &&
        (job === undefined ? (
          <Button appearance="primary" icon={<ArrowUndoRegular />} onClick={() => setAsking(true)}>
            {plan.undoes ? "Undo" : "Restore"}
          </Button>
        ) : (
          !isRunning && (
            <Button icon={<ArrowUndoRegular />} onClick={() => setUndoing(true)}>
              {plan.undoes ? "Take this undo back" : "Undo this restore"}
            </Button>
          )
        ))
      }
    >
      {job && !isRunning && <Outcome job={job} isUndo={plan.undoes !== null} />}
      {isRunning && <Text role="status">{job.status === "queued" ? "The restore is waiting." : "The restore is running."}</Text>}
      <Delay job={job} />
      <PlanWords plan={plan} isOver={job !== undefined} />
      {steps > 0 && <Steps tenantId={plan.tenant_id} planId={plan.id} isRunning={isRunning} isWhole />}
      {isUndoing && job && <UndoDialog restoreId={job.id} tenantName={tenantName} onClose={() => setUndoing(false)} />}
      {isAsking && <Ask plan={plan} tenantName={tenantName} steps={steps} onClose={() => setAsking(false)} />}
    </Page>
  );
}

interface AskProps {
  plan: Schemas["PlanView"];
  tenantName: string;
  steps: number;
  onClose: () => void;
}

function Ask({ plan, tenantName, steps, onClose }: AskProps) {
  const queries = useQueryClient();
  const applying = useMutation({
    mutationFn: () => applyPlan(plan.id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["jobs"] });
      onClose();
    },
  });
  return (
    <Confirm
      title={<>Write to <bdi>{tenantName}</bdi>?</>}
      act={plan.undoes ? "Undo" : "Restore"}
      isBusy={applying.isPending}
      error={applying.error}
      onConfirm={() => applying.mutate()}
      onClose={onClose}
    >
      {counted(steps, "step")} of this plan will be carried out as shown, on {counted(Number(plan.counts["objects"] ?? 0), "object")}.
    </Confirm>
  );
}

function Trail() {
  return (
    <Breadcrumb aria-label="Where you are" size="small">
      <BreadcrumbItem>
        <TextLink to="/restores">Restores</TextLink>
      </BreadcrumbItem>
      <BreadcrumbDivider />
      <BreadcrumbItem>
        <Text size={200}>Report</Text>
      </BreadcrumbItem>
    </Breadcrumb>
  );
}
