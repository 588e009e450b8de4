/** The dialogs that give, change and take access away. Each says what happens to whom before it does. */
import { Button, Field, Input, makeStyles, Radio, RadioGroup, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { answered, api, type Schemas } from "../../api/client";
import { useAnnounce } from "../../parts/announce";
import { Confirm } from "../../parts/Confirm";
import { CopyButton } from "../../parts/CopyButton";
import { Sheet } from "../../parts/Sheet";
import { TroubleBar } from "../../parts/trouble";
import { When } from "../../parts/When";
import { mayWords, roleName, ROLES, tenantCount, type Person, type Role } from "../../words/people";
import { TenantsField, type Chosen } from "./TenantsField";

const ALL = "Also those that are connected later.";

interface OfPerson {
  person: Person;
  onClose: () => void;
}

const useStyles = makeStyles({
  link: {
    fontFamily: tokens.fontFamilyMonospace,
    overflowWrap: "anywhere",
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
  },
  copy: { justifySelf: "start" },
  // Fluent's own colour for what is not chosen is weaker than that of the line below.
  role: { display: "block", color: tokens.colorNeutralForeground1 },
  may: { display: "block", color: tokens.colorNeutralForeground2 },
});

/** Asks, says what came of it, and has the list read again; also when it was refused, because it may be out of date. */
function usePersonAct<Answer>(act: () => Promise<Answer>, onDone: (answer: Answer) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: onDone,
    onSettled: () => void queries.invalidateQueries({ queryKey: ["people"] }),
  });
}

const pathOf = (person: Person) => ({ params: { path: { person_id: person.id } } });

export function Invite({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const [tenants, setTenants] = useState<Chosen>(null);
  const inviting = usePersonAct(
    () => answered(api.POST("/api/v1/people", { body: { name: name.trim(), role, tenants } })),
    () => undefined,
  );
  if (inviting.data) return <ShownOnce invited={inviting.data} onClose={onClose} />;

  return (
    <Sheet
      title="Invite somebody"
      onClose={onClose}
      onSubmit={() => inviting.mutate()}
      action={
        <Button type="submit" appearance="primary" disabled={!name.trim() || tenants?.length === 0 || inviting.isPending}>
          Invite
        </Button>
      }
    >
      {inviting.isError && <TroubleBar error={inviting.error} title="Nobody was invited" />}
      <Field label="User name" required hint="What they sign in with, such as their e-mail address.">
        <Input value={name} maxLength={100} autoComplete="off" onChange={(_, data) => setName(data.value)} />
      </Field>
      <RoleField role={role} isLimited={tenants !== null} onChange={setRole} />
      <TenantsField chosen={tenants} onChange={setTenants} all={ALL} />
    </Sheet>
  );
}

export function ChangeRole({ person, onClose }: OfPerson) {
  const announce = useAnnounce();
  const [role, setRole] = useState<Role>(person.role);
  const changing = usePersonAct(
    () => answered(api.PUT("/api/v1/people/{person_id}/role", { ...pathOf(person), body: { role } })),
    (changed) => {
      announce.success({ title: <><bdi>{changed.name}</bdi> is {roleName(changed.role)} now</> });
      onClose();
    },
  );
  return (
    <Confirm
      title={<>Role of <bdi>{person.name}</bdi></>}
      act="Change role"
      isBusy={changing.isPending || role === person.role}
      error={changing.error}
      onConfirm={() => changing.mutate()}
      onClose={onClose}
    >
      <RoleField role={role} isLimited={person.tenants !== null} onChange={setRole} />
    </Confirm>
  );
}

export function ChangeTenants({ person, onClose }: OfPerson) {
  const announce = useAnnounce();
  const [tenants, setTenants] = useState<Chosen>(person.tenants);
  const changing = usePersonAct(
    () => answered(api.PUT("/api/v1/people/{person_id}/tenants", { ...pathOf(person), body: { tenants } })),
    (changed) => {
      announce.success({
        title: (
          <>
            <bdi>{changed.name}</bdi> sees {changed.tenants ? tenantCount(changed.tenants.length) : "all tenants"} now
          </>
        ),
      });
      onClose();
    },
  );
  const isSame = String(tenants?.toSorted()) === String(person.tenants?.toSorted());
  return (
    <Sheet
      title={<>Tenants of <bdi>{person.name}</bdi></>}
      onClose={onClose}
      action={
        <Button
          appearance="primary"
          disabled={isSame || tenants?.length === 0}
          disabledFocusable={changing.isPending}
          onClick={() => changing.mutate()}
        >
          Change tenants
        </Button>
      }
    >
      {changing.isError && <TroubleBar error={changing.error} title="This did not work" />}
      <Text>It counts from their next click on, also for their API tokens. Work that they started goes on.</Text>
      <TenantsField chosen={tenants} onChange={setTenants} all={ALL} />
    </Sheet>
  );
}

export function Disable({ person, onClose }: OfPerson) {
  const act = () => answered(api.POST("/api/v1/people/{person_id}/disable", pathOf(person)));
  return (
    <Ask person={person} act="Disable" done="has no access any more" run={act} onClose={onClose}>
      They are signed out at once, everywhere, and their API tokens end for good. Work that they started goes on. You can
      enable them again.
    </Ask>
  );
}

export function Enable({ person, onClose }: OfPerson) {
  const act = () => answered(api.POST("/api/v1/people/{person_id}/enable", pathOf(person)));
  return (
    <Ask person={person} act="Enable" done="has access again" run={act} onClose={onClose}>
      They have access again as {roleName(person.role)}, with the password of before. Whoever had none yet needs a new
      link: Reset makes one.
    </Ask>
  );
}

export function Remove({ person, onClose }: OfPerson) {
  const act = () => answered(api.DELETE("/api/v1/people/{person_id}", pathOf(person)));
  return (
    <Ask person={person} act="Remove" done="is removed" run={act} onClose={onClose}>
      They are signed out at once, everywhere, and their API tokens end. What they did stays in the audit log. This cannot
      be undone; they can be invited anew.
    </Ask>
  );
}

export function Reset({ person, onClose }: OfPerson) {
  const resetting = usePersonAct(
    () => answered(api.POST("/api/v1/people/{person_id}/reset", pathOf(person))),
    () => undefined,
  );
  if (resetting.data) return <ShownOnce invited={resetting.data} onClose={onClose} />;
  return (
    <Confirm
      title={<>Reset <bdi>{person.name}</bdi>?</>}
      act="Reset"
      isBusy={resetting.isPending}
      error={resetting.error}
      onConfirm={() => resetting.mutate()}
      onClose={onClose}
    >
      Their password, sessions and API tokens end at once. You get a new link, with which they choose another password.
    </Confirm>
  );
}

interface AskProps extends OfPerson {
  act: string;
  done: string;
  run: () => Promise<unknown>;
  children: ReactNode;
}

function Ask({ person, act, done, run, onClose, children }: AskProps) {
  const announce = useAnnounce();
  const acting = usePersonAct(run, () => {
    announce.success({ title: <><bdi>{person.name}</bdi> {done}</> });
    onClose();
  });
  return (
    <Confirm
      title={<>{act} <bdi>{person.name}</bdi>?</>}
      act={act}
      isBusy={acting.isPending}
      error={acting.error}
      onConfirm={() => acting.mutate()}
      onClose={onClose}
    >
      {children}
    </Confirm>
  );
}

interface RoleFieldProps {
  role: Role;
  isLimited: boolean;
  onChange: (role: Role) => void;
}

function RoleField({ role, isLimited, onChange }: RoleFieldProps) {
  const styles = useStyles();
  return (
    <Field label="Role">
      <RadioGroup value={role} onChange={(_, data) => onChange(data.value as Role)}>
        {ROLES.map((one) => (
          <Radio
            key={one.role}
            value={one.role}
            label={
              <>
                <Text className={styles.role}>{one.name}</Text>
                <Text size={200} className={styles.may}>
                  {mayWords(one.role, isLimited)}
                </Text>
              </>
            }
          />
        ))}
      </RadioGroup>
    </Field>
  );
}

/** Closes by its button only: a click beside it would lose the link. */
function ShownOnce({ invited, onClose }: { invited: Schemas["InvitedPerson"]; onClose: () => void }) {
  const styles = useStyles();
  return (
    <Sheet
      title={<>Set-up link for <bdi>{invited.name}</bdi></>}
      close={null}
      onClose={onClose}
      action={
        <Button appearance="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <Text>
        Copy it now: it is shown this once. It works once
        {invited.invitation_ends_at && (
          <>
            , until <When at={invited.invitation_ends_at} plain />
          </>
        )}
        . Whoever has it sets the password, so hand it over by a safe road.
      </Text>
      <div className={styles.link}>{invited.link}</div>
      <div className={styles.copy}>
        <CopyButton text={invited.link} what="the link" />
      </div>
    </Sheet>
  );
}
