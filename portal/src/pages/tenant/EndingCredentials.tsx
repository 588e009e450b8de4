/** What is said on a tenant's page before a credential of its own ends, and after. */
import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import type { Tenant } from "../../api/client";
import { credentialsQuery } from "../../api/queries";
import { TextLink } from "../../parts/links";
import { useNow } from "../../parts/When";
import { endingOf } from "../../words/credentials";
import { moment } from "../../words/time";

export function EndingCredentials({ tenant }: { tenant: Tenant }) {
  const { data } = useQuery(credentialsQuery);
  const now = useNow();
  const ending = endingOf(data?.filter((one) => one.tenant_id === tenant.id) ?? [], now);
  return ending.map((one) => (
    <MessageBar key={one.purpose} intent={one.state.tone === "bad" ? "error" : "warning"} layout="multiline">
      <MessageBarBody>
        The {one.kind === "certificate" ? "certificate" : "client secret"} for{" "}
        {one.purpose === "backup" ? "backups" : "restores"} {one.state.tone === "bad" ? "ended" : "ends"} on{" "}
        {moment(one.ends_at)}. Add a new one to the app registration, then connect the tenant with it.{" "}
        <TextLink to="/new-tenants" search={{ tenant: tenant.id, purpose: one.purpose, own: "yes" }}>
          Renew
        </TextLink>
      </MessageBarBody>
    </MessageBar>
  ));
}
