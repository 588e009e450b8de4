/** Loading, nothing there, and states as coloured words (never by colour alone). */
import {
  Badge,
  makeStyles,
  Skeleton,
  SkeletonItem,
  Spinner,
  Text,
  tokens,
  Tooltip,
} from "@fluentui/react-components";
import { ArrowSyncRegular } from "@fluentui/react-icons/svg/arrow-sync";
import { CheckmarkCircleRegular } from "@fluentui/react-icons/svg/checkmark-circle";
import { ClockRegular } from "@fluentui/react-icons/svg/clock";
import { ErrorCircleRegular } from "@fluentui/react-icons/svg/error-circle";
import { WarningRegular } from "@fluentui/react-icons/svg/warning";
import type { ReactElement, ReactNode } from "react";
import type { State, Tone } from "../words/states";

const useStyles = makeStyles({
  waiting: { padding: tokens.spacingVerticalXXXL },
  empty: {
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    textAlign: "center",
    "& > .fui-Text": { textAlign: "inherit" },
    gap: tokens.spacingVerticalM,
    padding: `${tokens.spacingVerticalXXXL} ${tokens.spacingHorizontalL}`,
    color: tokens.colorNeutralForeground2,
  },
  rows: { display: "grid", gap: tokens.spacingVerticalM, padding: `${tokens.spacingVerticalM} 0` },
  badge: { flexShrink: 0, maxWidth: "100%" },
});

export function Loading() {
  const styles = useStyles();
  return <Spinner className={styles.waiting} label="Loading" delay={300} />;
}

export function LoadingRows({ rows = 5, height = 40 }: { rows?: number; height?: 40 | 96 | 128 }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading" className={styles.rows}>
      {Array.from({ length: rows }, (_, row) => (
        <SkeletonItem key={row} size={height} />
      ))}
    </Skeleton>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.empty}>
      <Text size={500} weight="semibold">
        {title}
      </Text>
      {children}
    </div>
  );
}

/** A page or section that this person's role does not show. */
export function NoPermission({ what }: { what: string }) {
  return (
    <Empty title="Your role does not include this">
      <Text>{what} Ask an administrator when you need it.</Text>
    </Empty>
  );
}

const TONES: Record<Tone, ["success" | "informative" | "warning" | "danger" | "brand", ReactElement]> = {
  good: ["success", <CheckmarkCircleRegular key="good" />],
  busy: ["brand", <ArrowSyncRegular key="busy" />],
  attention: ["warning", <WarningRegular key="attention" />],
  bad: ["danger", <ErrorCircleRegular key="bad" />],
  idle: ["informative", <ClockRegular key="idle" />],
};

export function StateBadge({ state }: { state: State }) {
  const styles = useStyles();
  const [color, icon] = TONES[state.tone];
  const badge = (
    <Badge className={styles.badge} appearance="tint" color={color} icon={icon} size="large">
      {state.words}
    </Badge>
  );
  if (state.hint === null) return badge;
  return (
    <Tooltip content={state.hint} relationship="description">
      {badge}
    </Tooltip>
  );
}
