/** A plan in plain words: what will happen, what stands in its way, what is left alone. */
import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import type { Schemas } from "../../api/client";
import { counted } from "../../words/numbers";
import { isId, spoken } from "../../words/spoken";
import { propertyName } from "../../words/states";
import { textIn } from "../../words/values";
import { useLicenceNames } from "../licences";
import { useTypeLabel } from "../types";

type Plan = Schemas["PlanView"];
type Note = Schemas["PlanNoteView"];

const KINDS: Record<string, [one: string, many: string]> = {
  undelete: ["object is taken out of the recycle bin", "objects are taken out of the recycle bin"],
  create: ["object is created again", "objects are created again"],
  invite: ["guest is invited again", "guests are invited again"],
  update: ["object gets its attributes back", "objects get their attributes back"],
  add_link: ["link is added", "links are added"],
  remove_link: ["link is removed", "links are removed"],
  set_link: ["link is set", "links are set"],
  clear_link: ["link is cleared", "links are cleared"],
  align_links: ["object's links are brought in line", "objects' links are brought in line"],
  add_part: ["object gets its settings back", "objects get their settings back"],
  update_part: ["setting is put right", "settings are put right"],
  license: ["object's licences are brought in line", "objects' licences are brought in line"],
  assign: ["role or licence is assigned", "roles or licences are assigned"],
  grant: ["permission is granted", "permissions are granted"],
  activate: ["role is activated", "roles are activated"],
  delete: ["object goes to the recycle bin", "objects go to the recycle bin"],
  remove: ["assignment or permission is taken away", "assignments or permissions are taken away"],
  remove_part: ["object loses settings that the restore made", "objects lose settings that the restore made"],
};

const useStyles = makeStyles({
  stack: { display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: tokens.spacingVerticalS },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function PlanWords({ plan, isOver = false }: { plan: Plan; isOver?: boolean }) {
  const styles = useStyles();
  const kinds = happening(plan);
  const isLimited = plan.only !== null || plan.only_of !== null;
  const seconds = Number(plan.estimate["seconds"] ?? 0);
  return (
    <div className={styles.stack}>
      {plan.identical && (
        <MessageBar intent="success" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Nothing to do</MessageBarTitle>{" "}
            {identicalWords(plan, isLimited)}
          </MessageBarBody>
        </MessageBar>
      )}
      {kinds.length > 0 && (
        <>
          <Text weight="semibold">{isOver ? "What was planned" : "What will happen"}</Text>
          <ul className={styles.list}>
            {kinds.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
          {isLimited && <Text>Only what was chosen: {chosenWords(plan)}.</Text>}
          <Text size={200} className={styles.quiet}>
            {counted(Number(plan.estimate["requests"] ?? 0), "request")} to Microsoft Graph, about{" "}
            {counted(Math.max(1, Math.round(seconds)), "second")}. Everything is read back and compared.
          </Text>
        </>
      )}
      <Notes tenantId={plan.tenant_id} title="What stands in its way" notes={plan.blockers} all={Number(plan.counts["blocked"] ?? 0)} />
      <Notes
        tenantId={plan.tenant_id}
        title={plan.undoes ? "What to look at before" : "What Microsoft may refuse"}
        notes={plan.warnings}
        all={plan.warnings.length}
      />
      <Notes tenantId={plan.tenant_id} title="What is left alone" notes={plan.skipped} all={Number(plan.counts["skipped"] ?? 0)} />
      {plan.credentials.length > 0 && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Credentials to issue anew</MessageBarTitle> Passwords, secrets and certificates cannot be
            brought back: {plan.credentials.map(credentialWords).join(", ")}.
          </MessageBarBody>
        </MessageBar>
      )}
    </div>
  );
}

/** "1 object gets its attributes back", a line for each kind of step. */
export function happening(plan: Plan): string[] {
  return Object.entries((plan.counts["kinds"] ?? {}) as Record<string, number>).map(([kind, number]) =>
    kindWords(kind, number),
  );
}

interface NotesProps {
  tenantId: string;
  title: string;
  notes: readonly Note[];
  all: number;
}

function Notes({ tenantId, title, notes, all }: NotesProps) {
  const styles = useStyles();
  const named = useLicenceNames(tenantId);
  const labelOf = useTypeLabel(tenantId);
  if (notes.length === 0) return null;
  const nameOf = (note: Note) =>
    note.display_name && !isId(note.display_name) ? note.display_name : `${labelOf(note.object_type)} ${note.object_id}`;
  return (
    <>
      <Text weight="semibold">{title}</Text>
      <ul className={styles.list}>
        {notes.map((note) => (
          <li key={`${note.object_id} ${note.reason}`} title={note.reason}>
            <bdi>{nameOf(note)}</bdi>: {spoken(named(note.reason))}
          </li>
        ))}
        {all > notes.length && <li>and {all - notes.length} more</li>}
      </ul>
    </>
  );
}

function identicalWords(plan: Plan, isLimited: boolean): string {
  if (plan.undoes) return "What the restore touched is as it was before it.";
  return `${isLimited ? "What was chosen is" : "What was selected is"} as it was in snapshot ${plan.snapshot}.`;
}

function chosenWords(plan: Plan): string {
  const names = new Set([...(plan.only ?? []), ...Object.values(plan.only_of ?? {}).flat()]);
  const own = plan.only_of && Object.keys(plan.only_of).length;
  const words = [...names].map(propertyName).join(", ") || "nothing but the objects themselves";
  return own ? `${words} (${counted(own, "object")} with a choice of its own)` : words;
}

/** "Payroll (secret, production)" */
function credentialWords(credential: Plan["credentials"][number]): string {
  const about = [textIn(credential, "kind"), textIn(credential, "name")].filter((one) => one !== null).join(", ");
  const whose = textIn(credential, "display_name") ?? textIn(credential, "object_id") ?? "";
  return about ? `${whose} (${about})` : whose;
}

function kindWords(kind: string, number: number): string {
  const [one, many] = KINDS[kind] ?? [kind.replace(/_/g, " "), kind.replace(/_/g, " ")];
  return counted(number, one, many);
}
