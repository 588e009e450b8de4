import { makeStyles, Tab, TabList, tokens } from "@fluentui/react-components";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { Page } from "../parts/layout";
import { useMay } from "../parts/role";
import { NoPermission } from "../parts/states";
import { Credentials } from "./settings/Credentials";
import { Password } from "./settings/Password";
import { People } from "./settings/People";
import { Schedules } from "./settings/Schedules";
import { Tokens } from "./settings/Tokens";

interface Section {
  key: string;
  title: string;
  isShown: boolean;
  page: ReactElement;
}

const useStyles = makeStyles({
  tabs: { flexWrap: "wrap", flexShrink: 0 },
  panel: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 },
});

export function Settings() {
  const styles = useStyles();
  const navigate = useNavigate({ from: "/settings" });
  const { section } = useSearch({ from: "/inside/settings" });
  const maySchedule = useMay("tenants.write");
  const mayConnect = useMay("tenants.connect");
  const maySeePeople = useMay("people.read");
  const mayMakeTokens = useMay("tokens.write");
  const sections: Section[] = [
    { key: "schedules", title: "Tenants and schedules", isShown: maySchedule, page: <Schedules /> },
    { key: "credentials", title: "Credentials", isShown: mayConnect, page: <Credentials /> },
    { key: "people", title: "People", isShown: maySeePeople, page: <People /> },
    { key: "password", title: "Password", isShown: true, page: <Password /> },
    { key: "tokens", title: "API tokens", isShown: mayMakeTokens, page: <Tokens /> },
  ];
  const shown = sections.filter((one) => one.isShown);
  const chosen = section === undefined ? shown[0] : sections.find((one) => one.key === section);
  return (
    <Page title="Settings">
      <TabList
        className={styles.tabs}
        selectedValue={chosen?.key}
        onTabSelect={(_, data) => void navigate({ search: { section: String(data.value) }, replace: true })}
      >
        {shown.map((one) => (
          <Tab key={one.key} value={one.key}>
            {one.title}
          </Tab>
        ))}
      </TabList>
      <div className={styles.panel} role="tabpanel" aria-label={chosen?.title ?? "Settings"}>
        {chosen?.isShown ? chosen.page : <NoPermission what="This section is for others." />}
      </div>
    </Page>
  );
}
