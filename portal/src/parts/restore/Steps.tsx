/** A plan's calls in their order, each with its fate. */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { stepsQuery } from "../../api/queries";
import type { State, Tone } from "../../words/states";
import { idsIn, isId, spoken } from "../../words/spoken";
import { propertyName } from "../../words/states";
import { counted } from "../../words/numbers";
import { shortly } from "../../words/values";
import { useLicenceNames } from "../licences";
import { LoadingRows, StateBadge } from "../states";
import { TroubleBar } from "../trouble";
import { useTypeLabel } from "../types";
import { relationshipsOf } from "./choice";

type Step = Schemas["StepView"];
interface Licence {
  skuId: string;
  disabledPlans?: string[];
}
const POLL_MS = 1000;

const VERBS: Record<string, string> = {
  undelete: "Take out of the recycle bin",
  create: "Create again",
  invite: "Invite again",
  update: "Set attributes",
  assign: "Assign",
  grant: "Grant",
  activate: "Activate",
  license: "Set licences",
  delete: "Move to the recycle bin",
  remove: "Take away",
  remove_part: "Take away settings",
};
/** With the relationship behind: "Add owners". */
const LINKING: Record<string, string> = {
  add_link: "Add",
  remove_link: "Remove",
  set_link: "Set",
  clear_link: "Clear",
  align_links: "Align",
};
const MOST_LINKED = 5;
const STATES: Record<string, [words: string, tone: Tone]> = {
  planned: ["Planned", "idle"],
  sent: ["Sent", "busy"],
  confirmed: ["Done", "good"],
  failed: ["Failed", "bad"],
  skipped: ["Skipped", "attention"],
  unknown: ["Not known", "attention"],
};

const useStyles = makeStyles({
  list: {
    margin: 0,
    padding: 0,
    listStyleType: "none",
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    maxHeight: "340px",
    overflowY: "auto",
  },
  step: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 1fr) auto",
    columnGap: tokens.spacingHorizontalM,
    alignItems: "start",
    overflowWrap: "anywhere",
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  words: { display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gridColumnStart: 1, gridColumnEnd: -1 },
  quiet: { color: tokens.colorNeutralForeground2 },
  call: { fontFamily: tokens.fontFamilyMonospace, color: tokens.colorNeutralForeground2 },
});

interface Props {
  tenantId: string;
  planId: string;
  isRunning: boolean;
  isWhole?: boolean;
}

export function Steps({ tenantId, planId, isRunning, isWhole = false }: Props) {
  const styles = useStyles();
  const named = useLicenceNames(tenantId);
  const labelOf = useTypeLabel(tenantId);
  const nameOf = (step: Step) =>
    step.display_name && !isId(step.display_name) ? step.display_name : `${labelOf(step.object_type)} ${step.object_id}`;
  const steps = useInfiniteQuery({ ...stepsQuery(planId), refetchInterval: isRunning ? POLL_MS : false });
  if (steps.isPending) return <LoadingRows rows={2} />;
  if (steps.isError) return <TroubleBar error={steps.error} retry={() => void steps.refetch()} />;
  return (
    <>
      <ol
        className={styles.list}
        tabIndex={0}
        aria-label="Steps of the restore"
        style={isWhole ? { maxHeight: "none" } : undefined}
      >
        {steps.data.pages
          .flatMap((page) => page.value)
          .map((step) => (
            <li key={step.number} className={styles.step}>
              <Text weight="semibold">
                {verbOf(step)}: <bdi>{nameOf(step)}</bdi>
              </Text>
              <StateBadge state={stateOf(step)} />
              <span className={styles.words}>
                {attributesOf(step).map(({ name, words }) => (
                  <Text size={200} key={name}>
                    <bdi>
                      {propertyName(name)}: {words}
                    </bdi>{" "}
                    <span className={styles.call}>{name}</span>
                  </Text>
                ))}
                {[linkedOf(step), ...licencesOf(step).map(named)].filter(Boolean).map((words) => (
                  <Text size={200} key={words}>
                    <bdi>{words}</bdi>
                  </Text>
                ))}
                {!isToldByAttributes(step) && (
                  <Text size={200} title={step.why}>
                    {spoken(step.why)}
                  </Text>
                )}
                <Text size={200} className={styles.call}>
                  {step.method} {step.path}
                </Text>
                {step.message && <Text size={200}>{named(step.message)}</Text>}
              </span>
            </li>
          ))}
      </ol>
      {steps.hasNextPage && (
        <Button size="small" disabledFocusable={steps.isFetchingNextPage} onClick={() => void steps.fetchNextPage()}>
          Show more steps
        </Button>
      )}
    </>
  );
}

function verbOf(step: Step): string {
  const linking = LINKING[step.kind];
  if (linking === undefined) return VERBS[step.kind] ?? step.kind;
  const names = relationshipsOf(step).map((name) => propertyName(name).toLowerCase());
  return `${linking} ${names.join(", ") || "links"}`;
}

/** Who is linked, by name: "Members: Ada Lovelace, Grace Hopper and 3 more". */
function linkedOf(step: Step): string {
  const known = idsIn(JSON.stringify([step.body, step.path])).filter((id) => id !== step.object_id);
  const ids = known.length > 0 ? known : idsIn(JSON.stringify(step.before));
  const names = ids.map((id) => step.names?.[id]).filter((name) => name !== undefined);
  if (names.length === 0) return "";
  const shown = names.slice(0, MOST_LINKED);
  const as = relationshipsOf(step).map((name) => `${propertyName(name)}: `);
  const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : "";
  return as.join("") + shown.join(", ") + more;
}

/** Its reason only lists the attributes that stand there with their values. */
function isToldByAttributes(step: Step): boolean {
  const attributes = attributesOf(step);
  return attributes.length > 0 && step.why.startsWith(attributes.map((one) => one.name).join(", "));
}

/** "Intruder becomes Engineer", for each. */
function attributesOf(step: Step): { name: string; words: string }[] {
  if (step.kind !== "update" || typeof step.body !== "object" || step.body === null) return [];
  const body = step.body as Record<string, unknown>;
  return Object.keys(body)
    .filter((name) => !name.startsWith("@"))
    .map((name) => ({ name, words: `${shortly(step.before[name])} becomes ${shortly(body[name])}` }));
}

/** "Adds SPE_E5": by their ids, which have names elsewhere. */
function licencesOf(step: Step): string[] {
  if (step.kind !== "license") return [];
  const { addLicenses = [], removeLicenses = [] } = step.body as { addLicenses?: Licence[]; removeLicenses?: string[] };
  const plans = (off: number) => (off > 0 ? ` with ${counted(off, "service plan")} switched off` : "");
  return [
    ...addLicenses.map((one) => `Adds ${one.skuId}${plans(one.disabledPlans?.length ?? 0)}`),
    ...removeLicenses.map((sku) => `Takes away ${sku}`),
  ];
}

function stateOf(step: Step): State {
  const [words, tone] = STATES[step.state] ?? [step.state, "idle"];
  return { key: step.state, words, tone, hint: null };
}
