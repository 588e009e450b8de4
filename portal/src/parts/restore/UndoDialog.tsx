/** Taking a restore back: its plan is shown first, as of any other; nothing is written before Undo is pressed. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { counted } from "../../words/numbers";
import { PlanAndResult, useApplying } from "./PlanAndResult";
import { useUndoPlanned } from "./usePlanned";

const useStyles = makeStyles({
  surface: { maxWidth: "760px" },
  content: { display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: tokens.spacingVerticalM, minWidth: 0 },
});

interface Props {
  restoreId: string;
  tenantName: string;
  onClose: () => void;
}

export function UndoDialog({ restoreId, tenantName, onClose }: Props) {
  const styles = useStyles();
  const [since] = useState(Date.now);
  const planned = useUndoPlanned(restoreId, since);
  const applying = useApplying();
  const { isBegun, isOver } = applying;
  const { plan } = planned;
  const hasSteps = Number(plan?.counts["steps"] ?? 0) > 0;
  return (
    <Dialog open modalType="alert" onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>
            {isBegun ? (isOver ? "Undone" : "Undoing") : "Undo"} the restore in <bdi>{tenantName}</bdi>
            {isBegun ? "" : "?"}
          </DialogTitle>
          <DialogContent className={styles.content}>
            {!isBegun && (
              <Text>
                {plan && hasSteps ? <>{objectsWords(plan)} in <bdi>{tenantName}</bdi>, as before the restore. </> : null}
                What somebody changed since stays as it is. Nothing is written before you press Undo.
              </Text>
            )}
            <PlanAndResult planned={planned} applying={applying} compared="the restore" />
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{isBegun ? "Close" : "Cancel"}</Button>
            {!isBegun && (
              <Button appearance="primary" disabled={!hasSteps} onClick={() => plan && applying.apply(plan.id)}>
                Undo
              </Button>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function objectsWords(plan: Schemas["PlanView"]): string {
  return counted(Number(plan.counts["objects"] ?? 0), "object");
}
