/** From the oldest snapshot of the list to the newest. What is passed on the way is not asked for. */
import { Button, Field, makeStyles, tokens, Tooltip } from "@fluentui/react-components";
import { ChevronLeftRegular } from "@fluentui/react-icons/svg/chevron-left";
import { ChevronRightRegular } from "@fluentui/react-icons/svg/chevron-right";
import { useEffect, useState } from "react";
import type { Moment } from "../../words/days";
import { moment } from "../../words/time";

const REST_MS = 250;

const useStyles = makeStyles({
  field: { flex: "1 1 280px", minWidth: "min(260px, 100%)" },
  row: { display: "flex", alignItems: "center" },
  // The stroke: on a darker one Chromium draws a white track in dark.
  slider: { flex: 1, minWidth: 0, accentColor: tokens.colorCompoundBrandBackground },
});

interface Props {
  /** Newest first. */
  moments: readonly Moment[];
  /** Null: what is shown is not among them. */
  number: number | null;
  onChoose: (moment: Moment) => void;
}

export function SnapshotSlider({ moments, number, onChoose }: Props) {
  const styles = useStyles();
  const last = moments.length - 1;
  const shown = number === null ? last : last - moments.findIndex((one) => one.number === number);
  const [moved, setMoved] = useState<number | null>(null);
  const [asked, ask] = useState<number | null>(null);
  const at = moved ?? shown;
  if (asked !== null && asked === shown) {
    // It stays where it was put until what was asked for is there.
    ask(null);
    if (moved === asked) setMoved(null);
  }
  const one = moments[last - at];

  useEffect(() => {
    if (moved === null || moved === asked) return undefined;
    const timer = setTimeout(() => {
      const chosen = moments[last - moved];
      if (chosen) onChoose(chosen);
      ask(moved);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [moved, asked, moments, last, onChoose]);

  const words = one ? moment(one.sealed_at) : "";
  return (
    <Field label={words} className={styles.field}>
      {(props) => (
        <div className={styles.row}>
          <Step words="Earlier snapshot" icon={<ChevronLeftRegular />} isOff={at === 0} onStep={() => setMoved(at - 1)} />
          {/* Not Fluent's: its style sheet makes Chromium complain of vertical sliders. */}
          <input
            {...props}
            type="range"
            className={styles.slider}
            min={0}
            max={last}
            value={at}
            aria-label="Move through the snapshots"
            aria-labelledby={undefined}
            aria-valuetext={words}
            onChange={(event) => setMoved(event.target.valueAsNumber)}
          />
          <Step words="Later snapshot" icon={<ChevronRightRegular />} isOff={at === last} onStep={() => setMoved(at + 1)} />
        </div>
      )}
    </Field>
  );
}

interface StepProps {
  words: string;
  icon: React.ReactElement;
  isOff: boolean;
  onStep: () => void;
}

function Step({ words, icon, isOff, onStep }: StepProps) {
  return (
    <Tooltip content={words} relationship="label">
      <Button appearance="subtle" icon={icon} disabledFocusable={isOff} onClick={onStep} />
    </Tooltip>
  );
}
