/** Taking a restore back: its plan is shown first, as of any other; nothing is written before Undo is pressed. */
import { Button, Text } from "@fluentui/react-components";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { counted } from "../../words/numbers";
import { Sheet } from "../Sheet";
import { PlanAndResult, useApplying } from "./PlanAndResult";
import { useUndoPlanned } from "./usePlanned";

interface Props {
  restoreId: string;
  tenantName: string;
  onClose: () => void;
}

export function UndoDialog({ restoreId, tenantName, onClose }: Props) {
  const [since] = useState(Date.now);
  const planned = useUndoPlanned(restoreId, since);
  const applying = useApplying();
  const { isBegun, isOver } = applying;
  const { plan } = planned;
  const hasSteps = Number(plan?.counts["steps"] ?? 0) > 0;
  return (
    <Sheet
      isWide
      title={
        <>
          {isBegun ? (isOver ? "Undone" : "Undoing") : "Undo"} the restore in <bdi>{tenantName}</bdi>
          {isBegun ? "" : "?"}
        </>
      }
      close={isBegun ? "Close" : "Cancel"}
      onClose={onClose}
      action={
        !isBegun && (
          <Button appearance="primary" disabled={!hasSteps} onClick={() => plan && applying.apply(plan.id)}>
            Undo
          </Button>
        )
      }
    >
      {!isBegun && (
        <Text>
          {plan && hasSteps ? <>{objectsWords(plan)} in <bdi>{tenantName}</bdi>, as before the restore. </> : null}
          What somebody changed since stays as it is. Nothing is written before you press Undo.
        </Text>
      )}
      <PlanAndResult planned={planned} applying={applying} compared="the restore" />
    </Sheet>
  );
}

function objectsWords(plan: Schemas["PlanView"]): string {
  return counted(Number(plan.counts["objects"] ?? 0), "object");
}
