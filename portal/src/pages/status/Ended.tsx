/** Says of each running job that was listed how it ended: for whoever does not see it leave the list. */
import { makeStyles } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Job } from "../../api/client";
import { jobQuery } from "../../api/queries";
import { useTenantName } from "../../parts/tenants";
import { isActive, jobState, jobTitle } from "../../words/states";

const useStyles = makeStyles({
  unseen: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" },
});

export function Ended({ running }: { running: readonly Job[] }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const nameOf = useTenantName();
  const before = useRef<ReadonlySet<string>>(new Set());
  const [told, tell] = useState("");
  useEffect(() => {
    const now = new Set(running.map((job) => job.id));
    const gone = [...before.current].filter((id) => !now.has(id));
    before.current = now;
    void Promise.allSettled(gone.map((id) => queries.query({ ...jobQuery(id), staleTime: 0 }))).then((looked) => {
      const ended = looked.flatMap((one) => (one.status === "fulfilled" && !isActive(one.value) ? [one.value] : []));
      if (ended.length > 0) tell(ended.map((job) => `${jobTitle(job, nameOf)}: ${jobState(job).words}`).join(". "));
    });
    // What tenants are called is no reason to look again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [running, queries]);
  return (
    <div role="status" className={styles.unseen}>
      {told}
    </div>
  );
}
