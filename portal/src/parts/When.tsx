/** A moment in words, with the exact time on hover and for screen readers. */
import { Tooltip } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { exact, moment, relative } from "../words/time";

const STEP_MS = 15_000;

/** Ticks, so that "2 minutes ago" does not stay for an hour. */
export function useNow(stepMs: number = STEP_MS): number {
  const [now, tell] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => tell(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs]);
  return now;
}

export function When({ at, plain = false }: { at: string; plain?: boolean }) {
  const now = useNow();
  return (
    <Tooltip content={exact(at)} relationship="description">
      <time dateTime={at}>{plain ? moment(at) : relative(at, now)}</time>
    </Tooltip>
  );
}
