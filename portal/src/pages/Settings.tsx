import { makeStyles, Tab, TabList, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { Page } from "../parts/layout";
import { useMayDo } from "../parts/role";
import { Credentials } from "./settings/Credentials";
import { Password } from "./settings/Password";
import { Schedules } from "./settings/Schedules";
import { Tokens } from "./settings/Tokens";

type Section = "schedules" | "credentials" | "password" | "tokens";

const useStyles = makeStyles({
  tabs: { overflowX: "auto", flexShrink: 0 },
  panel: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 },
});

export function Settings() {
  const styles = useStyles();
  const mayDo = useMayDo();
  const [section, setSection] = useState<Section>(mayDo ? "schedules" : "password");
  return (
    <Page title="Settings">
      <TabList className={styles.tabs} selectedValue={section} onTabSelect={(_, data) => setSection(data.value as Section)}>
        {mayDo && <Tab value="schedules">Tenants and schedules</Tab>}
        {mayDo && <Tab value="credentials">Credentials</Tab>}
        <Tab value="password">Password</Tab>
        {mayDo && <Tab value="tokens">API tokens</Tab>}
      </TabList>
      <div className={styles.panel} role="tabpanel" aria-label={section}>
        {section === "schedules" && <Schedules />}
        {section === "credentials" && <Credentials />}
        {section === "password" && <Password />}
        {section === "tokens" && <Tokens />}
      </div>
    </Page>
  );
}
