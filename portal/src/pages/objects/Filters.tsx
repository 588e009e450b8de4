/** The filters of a type, each with what there is of it in the snapshot and how often. */
import { Button, makeStyles, mergeClasses, Select, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { filtersQuery, type FiltersWanted } from "../../api/queries";
import { ENDING, facetName, facetValue } from "../../words/facets";
import { count, counted } from "../../words/numbers";
import { choicesOf, notOffered } from "./filters";

const PHONE = "@media (max-width: 700px)";
const useStyles = makeStyles({
  // On a phone two beside each other, and one that is set by itself, so that what it says can be read.
  filter: { [PHONE]: { flex: "1 1 40%", minWidth: 0 } },
  set: { [PHONE]: { flexBasis: "100%" } },
  quiet: { color: tokens.colorNeutralForeground2, flexBasis: "100%" },
});

interface Props {
  type: Schemas["TypeView"];
  wanted: FiltersWanted;
  /** By facet. */
  filters: ReadonlyMap<string, string>;
  onFilter: (facet: string, value: string) => void;
  onClear: () => void;
}

export function Filters({ type, wanted, filters, onFilter, onClear }: Props) {
  const styles = useStyles();
  const there = useQuery(filtersQuery(wanted)).data;
  const missing = notOffered(there);
  return (
    <>
      {Object.entries(type.filters)
        .filter(([facet]) => !missing.facets.includes(facet) && !(wanted.deleted && facet === ENDING))
        .map(([facet, documented]) => (
          <Select
            key={facet}
            className={mergeClasses(styles.filter, filters.has(facet) && styles.set)}
            aria-label={facetName(facet)}
            value={filters.get(facet) ?? ""}
            onChange={(_, data) => onFilter(facet, data.value)}
          >
            <option value="">{facetName(facet)}: all</option>
            {choicesOf(facet, documented, there, filters.get(facet)).map(({ value, objects }) => (
              <option key={value} value={value}>
                {facetName(facet)}: {facetValue(facet, value)}
                {objects !== null && ` (${count(objects)})`}
              </option>
            ))}
          </Select>
        ))}
      {filters.size > 0 && <Button onClick={onClear}>Clear filters</Button>}
      {missing.facets.length > 0 && (
        <Text size={200} className={styles.quiet}>
          Not to be filtered by here: {missing.facets.map(facetName).join(", ")}. {counted(missing.objects, "object")} of
          this list {missing.objects === 1 ? "was" : "were"} listed by an earlier version of Reentra, which did not know
          these. Stop Reentra and run <code>reentra rebuild</code> once, and they are offered.
        </Text>
      )}
    </>
  );
}
