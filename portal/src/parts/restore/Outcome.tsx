import { MessageBar, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import type { Job } from "../../api/client";
import { jobState } from "../../words/states";

const INTENTS: Partial<Record<Job["status"], "success" | "warning" | "error">> = {
  succeeded: "success",
  partial: "warning",
  failed: "error",
  cancelled: "warning",
};

export function Outcome({ job, isUndo }: { job: Job; isUndo: boolean }) {
  const message = job.error?.message ?? (typeof job.result["message"] === "string" ? job.result["message"] : "");
  return (
    <MessageBar intent={INTENTS[job.status] ?? "info"} layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>
          {job.status === "succeeded" ? `The ${isUndo ? "undo" : "restore"} is done` : jobState(job).words}
        </MessageBarTitle>{" "}
        {message}
      </MessageBarBody>
    </MessageBar>
  );
}
