/**
 * Restoring: a plan is computed (nothing is written) and shown in plain words; what of it is wanted is chosen; it is
 * done when Restore is pressed. The result is shown step by step.
 */
import { Button, Field, Select, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas, Tenant } from "../../api/client";
import { stepsQuery } from "../../api/queries";
import { counted } from "../../words/numbers";
import { LinkButton } from "../links";
import { useMay } from "../role";
import { Sheet } from "../Sheet";
import { asked, EVERYTHING, offersOf, type Choice } from "./choice";
import { Choices } from "./Choices";
import { PlanAndResult, useApplying } from "./PlanAndResult";
import { usePlanned } from "./usePlanned";

export interface RestoreWish {
  type: string;
  /** Null: all that match the search and the filter; of the whole type when there is neither. */
  ids: string[] | null;
  search?: string;
  filter?: string[];
  snapshot: number;
  /** What is restored, in words. */
  what: string;
}

type Links = NonNullable<Schemas["PlanRequest"]["links"]>;
type Missing = NonNullable<Schemas["PlanRequest"]["missing"]>;
type Licences = NonNullable<Schemas["PlanRequest"]["licences"]>;

interface Props {
  tenant: Tenant;
  wish: RestoreWish;
  onClose: () => void;
}

export function RestoreDialog(props: Props) {
  if (props.tenant.restore_client_id === null) return <NotAllowed tenant={props.tenant} onClose={props.onClose} />;
  return <Allowed {...props} />;
}

function NotAllowed({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const here = useRouterState({ select: (state) => state.location.href });
  const mayAllow = useMay("tenants.connect");
  return (
    <Sheet
      title="Restores are not allowed yet"
      onClose={onClose}
      close={mayAllow ? "Cancel" : "Close"}
      action={
        mayAllow && <LinkButton
          appearance="primary"
          to="/new-tenants"
          search={{ tenant: tenant.id, purpose: "restore", back: here }}
        >
          Allow restores
        </LinkButton>
      }
    >
      <Text>
        Reentra may read <bdi>{tenant.name}</bdi>, but not write to it. An administrator of the tenant has to consent to
        the restore app once{mayAllow ? "; then you come back here." : ". Ask an administrator of Reentra to begin that."}
      </Text>
    </Sheet>
  );
}

function Allowed({ tenant, wish: first, onClose }: Props) {
  // What was asked for when it was opened: a newer snapshot, or a row that comes to the list, changes nothing here.
  const [wish] = useState(first);
  const [since] = useState(Date.now);
  const [links, setLinks] = useState<Links>("replace");
  const [missing, setMissing] = useState<Missing>("block");
  const [licences, setLicences] = useState<Licences>("add");
  const [choice, setChoice] = useState<Choice>(EVERYTHING);
  const { search = "", filter = [] } = wish;
  const manner = { links, missing, licences };
  const all = { object_types: [wish.type], ids: wish.ids, search, filter, snapshot: String(wish.snapshot), ...manner };
  // Without a choice first: it tells what there is to choose from.
  const whole = usePlanned(tenant.id, since, all);
  const only = asked(whole.plan, choice);
  const isLimited = Object.keys(only).length > 0;
  const limited = usePlanned(tenant.id, since, isLimited ? { ...all, ...only } : null);
  const planned = isLimited ? limited : whole;
  const applying = useApplying();
  const { isBegun, isOver } = applying;
  const hasSteps = Number(planned.plan?.counts["steps"] ?? 0) > 0;
  const objects = Number(planned.plan?.counts["objects"] ?? 0);
  return (
    <Sheet
      isWide
      title={
        <>
          {isBegun ? (isOver ? "Restored" : "Restoring") : "Restore"} <bdi>{wish.what}</bdi>
          {isBegun ? "" : "?"}
        </>
      }
      close={isBegun ? "Close" : "Cancel"}
      onClose={onClose}
      action={
        !isBegun && (
          <Button appearance="primary" disabled={!hasSteps} onClick={() => planned.plan && applying.apply(planned.plan.id)}>
            Restore
          </Button>
        )
      }
    >
      {!isBegun && (
        <>
          <Text>
            {wish.ids ? counted(wish.ids.length, "object") : "All of them"} in <bdi>{tenant.name}</bdi>, as in snapshot {wish.snapshot}.{" "}
            {hasSteps && objects !== wish.ids?.length && `${counted(objects, "object is written to", "objects are written to")}. `}
            Nothing is written before you press Restore.
          </Text>
          <Field label="Relationships">
            <Select
              value={links}
              onChange={(_, data) => {
                setLinks(data.value as Links);
                setChoice(EVERYTHING);
              }}
            >
              <option value="replace">As in the snapshot: add what is missing, remove what is new</option>
              <option value="merge">Only add what is missing</option>
              <option value="none">Leave them alone</option>
            </Select>
          </Field>
          {(missing !== "block" || whole.plan?.blockers.some((one) => one.code === "reference_gone")) && (
            <Field label="What it refers to and is gone">
              <Select
                value={missing}
                onChange={(_, data) => {
                  setMissing(data.value as Missing);
                  setChoice(EVERYTHING);
                }}
              >
                <option value="block">Leave the object as it is, and say so</option>
                <option value="restore">Bring it back as well</option>
                <option value="leave_out">Leave the reference out</option>
              </Select>
            </Field>
          )}
          {(licences !== "add" || whole.plan?.skipped.some((one) => one.code === "licence_kept")) && (
            <Field
              label="Licences that the snapshot does not have"
              hint="Microsoft deletes the data that goes with a licence some time after it is taken away."
            >
              <Select
                value={licences}
                onChange={(_, data) => {
                  setLicences(data.value as Licences);
                  setChoice(EVERYTHING);
                }}
              >
                <option value="add">Leave them: only add what is missing</option>
                <option value="replace">Take them away, as in the snapshot</option>
              </Select>
            </Field>
          )}
          {whole.plan && <Offered plan={whole.plan} choice={choice} onChange={setChoice} />}
        </>
      )}
      <PlanAndResult planned={planned} applying={applying} compared="the backup" />
    </Sheet>
  );
}

interface OfferedProps {
  plan: Schemas["PlanView"];
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** Objects are offered one by one as far as the first page of steps tells of them. */
function Offered({ plan, choice, onChange }: OfferedProps) {
  const steps = useInfiniteQuery(stepsQuery(plan.id));
  const known = steps.data?.pages.flatMap((page) => page.value) ?? [];
  const isWhole = steps.isSuccess && !steps.hasNextPage;
  return (
    <Choices plan={plan} offers={isWhole ? offersOf(plan, known) : []} choice={choice} onChange={onChange} />
  );
}
