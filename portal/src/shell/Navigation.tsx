import { makeStyles, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUndoRegular } from "@fluentui/react-icons/svg/arrow-undo";
import { BoardRegular } from "@fluentui/react-icons/svg/board";
import { ClipboardTextLtrRegular } from "@fluentui/react-icons/svg/clipboard-text-ltr";
import { PulseRegular } from "@fluentui/react-icons/svg/pulse";
import { SettingsRegular } from "@fluentui/react-icons/svg/settings";
import { Link } from "@tanstack/react-router";
import { useMay } from "../parts/role";

const useStyles = makeStyles({
  list: { display: "grid", gap: "2px", margin: 0, padding: tokens.spacingHorizontalS, listStyleType: "none" },
  link: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    borderLeft: "3px solid transparent",
    // With forced colours what is transparent shows, and every page would look like the current one.
    "@media (forced-colors: active)": { borderLeftColor: "Canvas" },
    "& svg": { fontSize: "20px", flexShrink: 0 },
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    "&[aria-current=page]": {
      backgroundColor: tokens.colorNeutralBackground1Selected,
      fontWeight: tokens.fontWeightSemibold,
      borderLeftColor: tokens.colorBrandStroke1,
      "@media (forced-colors: active)": { borderLeftColor: "Highlight" },
    },
  },
});

export function Navigation() {
  const styles = useStyles();
  const mayAudit = useMay("audit.read");
  return (
    <nav aria-label="Portal">
      <ul className={styles.list}>
        <li>
          <Link to="/" className={styles.link} activeOptions={{ exact: true, includeSearch: false }}>
            <BoardRegular /> Dashboard
          </Link>
        </li>
        <li>
          <Link to="/system-status" className={styles.link} activeOptions={{ includeSearch: false }}>
            <PulseRegular /> System Status
          </Link>
        </li>
        <li>
          <Link to="/downloads" className={styles.link}>
            <ArrowDownloadRegular /> Downloads
          </Link>
        </li>
        <li>
          <Link to="/restores" className={styles.link}>
            <ArrowUndoRegular /> Restores
          </Link>
        </li>
        {mayAudit && (
          <li>
            <Link to="/audit-log" className={styles.link} activeOptions={{ includeSearch: false }}>
              <ClipboardTextLtrRegular /> Audit log
            </Link>
          </li>
        )}
        <li>
          <Link to="/settings" className={styles.link}>
            <SettingsRegular /> Settings
          </Link>
        </li>
      </ul>
    </nav>
  );
}
