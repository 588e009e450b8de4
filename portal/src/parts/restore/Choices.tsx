/** Which attributes and relationships come back: for all objects, or for each on its own. */
import { Checkbox, makeStyles, Select, Switch, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { counted } from "../../words/numbers";
import { propertyName } from "../../words/states";
import { shortly } from "../../words/values";
import { EVERYTHING, isTaken, namesOf, toggled, type Choice, type Offer } from "./choice";

const useStyles = makeStyles({
  set: { border: "none", margin: 0, padding: 0, minWidth: 0, display: "grid" },
  legend: { padding: 0, fontWeight: tokens.fontWeightSemibold },
  line: { overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2 },
  names: { maxHeight: "220px", overflowY: "auto" },
});

interface Props {
  /** Made without a choice: it knows all that could be chosen. */
  plan: Schemas["PlanView"];
  offers: Offer[];
  choice: Choice;
  onChange: (choice: Choice) => void;
}

export function Choices({ plan, offers, choice, onChange }: Props) {
  const [one, setOne] = useState<string | null>(null);
  const names = namesOf(plan);
  if (names.attributes.length + names.relationships.length === 0) return null;
  const looked = offers.find((offer) => offer.id === one) ?? (offers.length === 1 ? offers[0] : undefined);
  const mayChooseEach = offers.length > 1;
  const isEach = mayChooseEach && one !== null;
  return (
    <>
      {mayChooseEach && (
        <Switch
          label="Choose for each object"
          checked={isEach}
          onChange={(_, data) => {
            setOne(data.checked ? (offers[0]?.id ?? null) : null);
            if (!data.checked) onChange({ ...choice, offOf: EVERYTHING.offOf });
          }}
        />
      )}
      {isEach && (
        <Select aria-label="Object" value={one} onChange={(_, data) => setOne(data.value)}>
          {offers.map((offer) => (
            <option key={offer.id} value={offer.id}>
              {offer.label}
            </option>
          ))}
        </Select>
      )}
      <Names
        title="Attributes to bring back"
        names={isEach ? (looked?.attributes.map((a) => a.name) ?? []) : names.attributes}
        wordsOf={(name) => attributeWords(name, looked, (plan.counts["properties"] as Counts)[name] ?? 0)}
        isTaken={(name) => isTaken(choice, name, isEach ? one : undefined)}
        onToggle={(name) => onChange(toggled(choice, name, isEach ? one : undefined))}
      />
      <Names
        title="Relationships to bring back"
        names={isEach ? (looked?.relationships ?? []) : names.relationships}
        wordsOf={() => ""}
        isTaken={(name) => isTaken(choice, name, isEach ? one : undefined)}
        onToggle={(name) => onChange(toggled(choice, name, isEach ? one : undefined))}
      />
    </>
  );
}

type Counts = Record<string, number>;

function attributeWords(name: string, looked: Offer | undefined, objects: number): string {
  const attribute = looked?.attributes.find((one) => one.name === name);
  if (attribute === undefined) return `on ${counted(objects, "object")}`;
  return `${shortly(attribute.before)} becomes ${shortly(attribute.after)}`;
}

interface NamesProps {
  title: string;
  names: string[];
  wordsOf: (name: string) => string;
  isTaken: (name: string) => boolean;
  onToggle: (name: string) => void;
}

function Names({ title, names, wordsOf, isTaken: isOn, onToggle }: NamesProps) {
  const styles = useStyles();
  if (names.length === 0) return null;
  return (
    <fieldset className={styles.set}>
      <legend className={styles.legend}>{title}</legend>
      <div className={styles.names}>
        {names.map((name) => (
          <div key={name} className={styles.line}>
            <Checkbox
              checked={isOn(name)}
              onChange={() => onToggle(name)}
              label={
                <>
                  <span title={name}>{propertyName(name)}</span>
                  {wordsOf(name) && (
                    <Text size={200} className={styles.quiet}>
                      {" "}
                      <bdi>{wordsOf(name)}</bdi>
                    </Text>
                  )}
                </>
              }
            />
          </div>
        ))}
      </div>
    </fieldset>
  );
}
