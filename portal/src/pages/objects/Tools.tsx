/** Above the list: search while typing, filters of the type, columns to choose. */
import {
  Button,
  makeStyles,
  Menu,
  MenuItemCheckbox,
  MenuList,
  MenuPopover,
  MenuTrigger,
  SearchBox,
  Switch,
  Text,
  tokens,
} from "@fluentui/react-components";
import type { ReactNode } from "react";
import { ColumnTripleEditRegular } from "@fluentui/react-icons/svg/column-triple-edit";
import type { Schemas } from "../../api/client";
import { facetName } from "../../words/facets";

const PHONE = "@media (max-width: 700px)";
const useStyles = makeStyles({
  tools: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" },
  search: { minWidth: "min(320px, 100%)", [PHONE]: { flexBasis: "100%", maxWidth: "none" } },
  quiet: { color: tokens.colorNeutralForeground2 },
});

interface Props {
  type: Schemas["TypeView"];
  typed: string;
  onType: (text: string) => void;
  filters: ReactNode;
  isDeleted: boolean;
  onDeleted: (isDeleted: boolean) => void;
  columns: string[];
  onColumns: (columns: string[]) => void;
  found: string;
}

export function Tools(props: Props) {
  const styles = useStyles();
  const { type, columns } = props;
  return (
    <div className={styles.tools}>
      <SearchBox
        className={styles.search}
        aria-label={`Search ${type.label}`}
        placeholder="Search by name, address or id"
        value={props.typed}
        onChange={(_, data) => props.onType(data.value)}
      />
      {props.filters}
      <Switch
        label="Removed objects"
        checked={props.isDeleted}
        onChange={(_, data) => props.onDeleted(data.checked)}
      />
      {type.facets.length > 0 && (
        <Menu
          checkedValues={{ columns }}
          onCheckedValueChange={(_, data) => props.onColumns(data.checkedItems)}
          persistOnItemClick
        >
          <MenuTrigger disableButtonEnhancement>
            <Button icon={<ColumnTripleEditRegular />}>Columns</Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {type.facets.map((facet) => (
                <MenuItemCheckbox key={facet} name="columns" value={facet}>
                  {facetName(facet)}
                </MenuItemCheckbox>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
      {props.found && (
        <Text role="status" className={styles.quiet}>
          {props.found}
        </Text>
      )}
    </div>
  );
}
