import { Button, Card, makeStyles, MessageBar, MessageBarBody, Text, Title3, tokens } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { answered, api, type Tenant } from "../../api/client";
import { cloudsQuery } from "../../api/queries";
import { CloudField, useUsualCloud } from "../../parts/CloudField";
import { Loading } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { cloudName } from "../../words/states";
import { OwnRegistration } from "./OwnRegistration";
import { Permissions } from "./Permissions";
import { rememberRoad } from "./road";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXXL, gap: tokens.spacingVerticalL, maxWidth: "760px" },
  title: { margin: 0, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  button: { alignSelf: "start" },
  field: { maxWidth: "320px" },
  logo: { display: "grid", gridTemplateColumns: "8px 8px", gap: "2px", "& > i": { width: "8px", height: "8px" } },
  red: { backgroundColor: "#f25022" },
  green: { backgroundColor: "#7fba00" },
  blue: { backgroundColor: "#00a4ef" },
  yellow: { backgroundColor: "#ffb900" },
});

interface Props {
  tenant: Tenant | null;
  purpose: "backup" | "restore";
  /** Where to go on afterwards; also of a road that Microsoft's answer ended before. */
  back: string | undefined;
}

export function AskConsent({ tenant, purpose, back }: Props) {
  const styles = useStyles();
  const usual = useUsualCloud();
  const navigate = useNavigate();
  const { own, registration, cloud: chosen } = useSearch({ from: "/inside/new-tenants" });
  const clouds = useQuery(cloudsQuery);
  const isOwn = Boolean(own) || registration === "own";
  const cloud = tenant?.cloud ?? clouds.data?.find((one) => one.name === chosen)?.name ?? usual;
  const choose = (choice: { cloud?: string; registration?: "own" }) =>
    void navigate({ from: "/new-tenants", search: (now) => ({ ...now, ...choice }), replace: true });
  const isOffered = clouds.data?.some((one) => one.name === cloud && one.purposes.includes(purpose)) ?? false;
  const leaving = useMutation({
    mutationFn: () => {
      const body = {
        name: tenant?.name ?? "",
        cloud,
        purpose,
        tenant_id: tenant?.id ?? "",
        frequency_minutes: tenant?.frequency_minutes ?? 1440,
        immediate_backup: false,
      };
      return answered(api.POST("/api/v1/consent", { body }));
    },
    onSuccess: ({ redirect_to }) => {
      rememberRoad({ tenant: tenant?.id, purpose, back });
      location.assign(redirect_to);
    },
  });
  if (clouds.isPending) return <Loading />;
  return (
    <>
      {!own && ( // who renews credentials has no need of a consent
        <Card className={styles.card}>
          <Title3 as="h2" className={styles.title}>
            <bdi>{tenant ? tenant.name : "A new tenant"}</bdi>
          </Title3>
          {tenant && (
            <Text className={styles.quiet}>
              {[tenant.domain, tenant.id, cloudName(tenant.cloud)].filter(Boolean).join(" · ")}
            </Text>
          )}
          {!tenant && (
            <div className={styles.field}>
              <CloudField cloud={cloud} onChange={(name) => choose({ cloud: name })} />
            </div>
          )}
          {isOffered ? (
            <>
              <Text>
                Sign in as an administrator of the tenant who may consent for it (Global Administrator or Privileged Role
                Administrator). Microsoft shows the permissions below and asks for your consent; then you come back here.
              </Text>
              {leaving.isError && <TroubleBar error={leaving.error} title="The sign-in could not be begun" />}
              <Button
                className={styles.button}
                appearance="primary"
                size="large"
                icon={<MicrosoftLogo />}
                disabledFocusable={leaving.isPending || leaving.isSuccess}
                onClick={() => leaving.mutate()}
              >
                Sign in with Microsoft
              </Button>
              <Permissions purpose={purpose} />
            </>
          ) : (
            <MessageBar intent="info" layout="multiline">
              <MessageBarBody>
                This installation has no app registration of its own for {purpose === "restore" && "restores in "}
                {cloudName(cloud)}. Connect the tenant with an app registration of its own.
              </MessageBarBody>
            </MessageBar>
          )}
          {isOffered && !isOwn && (
            <Button className={styles.button} appearance="subtle" onClick={() => choose({ registration: "own" })}>
              Use the tenant's own app registration instead
            </Button>
          )}
        </Card>
      )}
      {(isOwn || !isOffered) && <OwnRegistration tenant={tenant} cloud={cloud} isRenewal={Boolean(own)} />}
    </>
  );
}

function MicrosoftLogo() {
  const styles = useStyles();
  return (
    <span className={styles.logo} aria-hidden>
      <i className={styles.red} />
      <i className={styles.green} />
      <i className={styles.blue} />
      <i className={styles.yellow} />
    </span>
  );
}
