/** A moment in words, with the exact time on hover, on focus and for screen readers. */
import { makeStyles, tokens, Tooltip } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { exact, moment, relative } from "../words/time";

const STEP_MS = 15_000;

const useStyles = makeStyles({
  stop: { ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "1px" } },
});

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
  const styles = useStyles();
  const now = useNow();
  return (
    <Tooltip content={exact(at)} relationship="description">
      {plain ? (
        <time dateTime={at}>{moment(at)}</time>
      ) : (
        // Whoever works by keyboard gets the exact time where the words do not tell it.
        <time dateTime={at} tabIndex={0} className={styles.stop}>
          {relative(at, now)}
        </time>
      )}
    </Tooltip>
  );
}
