/** What can be done with the chosen objects; when none is chosen, with those that match, or with the whole type. */
import {
  Button,
  Menu,
  MenuButton,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUndoRegular } from "@fluentui/react-icons/svg/arrow-undo";
import { useDownload } from "../../api/acts";
import type { Tenant } from "../../api/client";
import { useMay } from "../../parts/role";
import { count, counted } from "../../words/numbers";

interface Wanted {
  ids: string[] | null;
  search?: string;
  filter?: string[];
}

interface Props {
  tenant: Tenant;
  label: string;
  type: string;
  body: Wanted;
  /** Chosen objects; null: as many as match. */
  howMany: number | null;
  /** What the search and the filters leave, while there are any; `objects` null: not known before the last page. */
  matching: { body: Wanted; objects: number | null } | null;
  isDeleted: boolean;
  /** Of the whole type. */
  total: number;
  snapshot: number;
  onClear: () => void;
  onRestore: () => void;
}

export function Acts(props: Props) {
  const { tenant, label, type, body, howMany, matching, total, isDeleted, snapshot } = props;
  const mayRestore = useMay("restores.plan");
  const mayDownload = useMay("downloads.create");
  const download = useDownload();
  const hasChosen = howMany !== 0;
  const number = numberOf(howMany);
  const chosen = `${number} of ${label}`;
  const whole = `${label} of ${tenant.name}`;
  const take = (what: string, wanted: Wanted) =>
    download.mutate({
      tenantId: tenant.id,
      what,
      body: { object_types: [type], search: "", filter: [], ...wanted, snapshot: String(snapshot) },
    });
  return (
    <>
      {hasChosen && <Button onClick={props.onClear}>Clear selection</Button>}
      {mayRestore && hasChosen && !isDeleted && (
        <Button icon={<ArrowUndoRegular />} onClick={props.onRestore}>
          Restore {number}
        </Button>
      )}
      {mayDownload && !isDeleted && total > 0 && (hasChosen || matching === null) && (
        <Button
          icon={<ArrowDownloadRegular />}
          disabledFocusable={download.isPending}
          onClick={() => take(hasChosen ? chosen : whole, body)}
        >
          {hasChosen ? `Download ${number}` : "Download"}
        </Button>
      )}
      {mayDownload && !isDeleted && total > 0 && !hasChosen && matching !== null && (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <MenuButton icon={<ArrowDownloadRegular />} disabledFocusable={download.isPending}>
              Download
            </MenuButton>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {matching.objects !== 0 && (
                <MenuItem onClick={() => take(`${numberOf(matching.objects)} of ${label}`, matching.body)}>
                  {matching.objects === null ? "All that match" : `${counted(matching.objects, "object")} that match`}
                </MenuItem>
              )}
              <MenuItem onClick={() => take(whole, { ids: null })}>
                The whole type: {counted(total, "object")}
              </MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
    </>
  );
}

/** Null: all that match. */
export function numberOf(objects: number | null): string {
  return objects === null ? "all that match" : count(objects);
}
