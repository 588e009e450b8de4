/** A page's frame: title (also of the browser's tab), a line below it, actions beside it. */
import { makeStyles, mergeClasses, Text, Title2, tokens } from "@fluentui/react-components";
import { useEffect, type ReactNode } from "react";
import { BANNER_ROOM } from "./bannerRoom";

const PHONE = "@media (max-width: 640px)";
const useStyles = makeStyles({
  page: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    padding: `${tokens.spacingVerticalXL} ${tokens.spacingHorizontalXXL} max(${tokens.spacingVerticalXXXL}, ${BANNER_ROOM})`,
    maxWidth: "1400px",
    boxSizing: "border-box",
    width: "100%",
    minWidth: 0,
    // Here always, so that nothing moves under a finger when the banner goes.
    [PHONE]: { padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalL} max(136px, ${BANNER_ROOM})` },
  },
  // The way to here: a long name breaks, as it does in the title.
  above: {
    "& ol": { flexWrap: "wrap" },
    "& li": { minWidth: 0, minHeight: "24px", alignItems: "center", overflowWrap: "anywhere" },
    "& a": { whiteSpace: "normal", overflowWrap: "anywhere", textAlign: "left" },
  },
  full: {
    // What tells something keeps its height: the list is what gives way.
    "& > .fui-MessageBar": { flexShrink: 0 },
    height: "100%",
    minHeight: 0,
    paddingBottom: tokens.spacingVerticalXXXL,
    [PHONE]: { paddingBottom: tokens.spacingVerticalL },
  },
  head: { display: "flex", flexWrap: "wrap", alignItems: "end", gap: tokens.spacingHorizontalL },
  titles: { flex: "1 1 240px", minWidth: 0, display: "grid", gap: tokens.spacingVerticalXS },
  title: { margin: 0, overflowWrap: "anywhere" },
  subtitle: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
});

interface PageProps {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
  /** The page fills the window and scrolls inside. */
  full?: boolean;
  children?: ReactNode;
}

export function Page({ title, subtitle, actions, above, full = false, children }: PageProps) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · Reentra`;
  }, [title]);
  return (
    <div className={mergeClasses(styles.page, full && styles.full)}>
      {above && <div className={styles.above}>{above}</div>}
      <div className={styles.head}>
        <div className={styles.titles}>
          <Title2 as="h1" className={styles.title}>
            <bdi>{title}</bdi>
          </Title2>
          {subtitle && <Text className={styles.subtitle}>{subtitle}</Text>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
