/** A plan's calls in their order, each with its fate. */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { stepsQuery } from "../../api/queries";
import type { State, Tone } from "../../words/states";
import { propertyName } from "../../words/states";
import { counted } from "../../words/numbers";
import { shortly } from "../../words/values";
import { useLicenceNames } from "../licences";
import { LoadingRows, StateBadge } from "../states";
import { TroubleBar } from "../trouble";

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
  add_link: "Add link",
  remove_link: "Remove link",
  set_link: "Set link",
  clear_link: "Clear link",
  align_links: "Align links",
  assign: "Assign",
  grant: "Grant",
  activate: "Activate",
  license: "Set licences",
  delete: "Move to the recycle bin",
  remove: "Take away",
  remove_part: "Take away settings",
};
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
    display: "flex",
    gap: tokens.spacingHorizontalM,
    alignItems: "start",
    justifyContent: "space-between",
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  words: { display: "grid", minWidth: 0, overflowWrap: "anywhere" },
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
              <span className={styles.words}>
                <Text weight="semibold">
                  {VERBS[step.kind] ?? step.kind}: <bdi>{step.display_name || step.object_id}</bdi>
                </Text>
                <Text size={200}>{step.why}</Text>
                {[...attributesOf(step), ...licencesOf(step).map(named)].map((words) => (
                  <Text size={200} key={words}>
                    <bdi>{words}</bdi>
                  </Text>
                ))}
                <Text size={200} className={styles.call}>
                  {step.method} {step.path}
                </Text>
                {step.message && <Text size={200}>{named(step.message)}</Text>}
              </span>
              <StateBadge state={stateOf(step)} />
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

/** "Job title: Intruder becomes Engineer"; only the names where nothing was there before. */
function attributesOf(step: Step): string[] {
  if (step.kind !== "update" || typeof step.body !== "object" || step.body === null) return [];
  const body = step.body as Record<string, unknown>;
  return Object.keys(body)
    .filter((name) => !name.startsWith("@"))
    .map((name) => `${propertyName(name)}: ${shortly(step.before[name])} becomes ${shortly(body[name])}`);
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
