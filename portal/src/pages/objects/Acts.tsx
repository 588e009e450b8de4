/** What can be done with the chosen objects, or with the whole type when none is chosen. */
import { Button } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { ArrowUndoRegular } from "@fluentui/react-icons/svg/arrow-undo";
import { useDownload } from "../../api/acts";
import type { Tenant } from "../../api/client";
import type { RestoreWish } from "../../parts/restore/RestoreDialog";
import { useMay } from "../../parts/role";
import { count } from "../../words/numbers";

interface Props {
  tenant: Tenant;
  label: string;
  type: string;
  body: { ids: string[] | null; search?: string; filter?: string[] };
  /** Chosen objects; null: as many as match. */
  howMany: number | null;
  isDeleted: boolean;
  isEmpty: boolean;
  snapshot: number;
  onClear: () => void;
  onRestore: (wish: RestoreWish) => void;
}

export function Acts(props: Props) {
  const { tenant, label, type, body, howMany, isDeleted, snapshot } = props;
  const mayRestore = useMay("restores.plan");
  const mayDownload = useMay("downloads.create");
  const download = useDownload();
  const hasChosen = howMany !== 0;
  const number = howMany === null ? "all that match" : count(howMany);
  const what = hasChosen ? `${number} of ${label}` : `${label} of ${tenant.name}`;
  return (
    <>
      {hasChosen && <Button onClick={props.onClear}>Clear selection</Button>}
      {mayRestore && hasChosen && !isDeleted && (
        <Button icon={<ArrowUndoRegular />} onClick={() => props.onRestore({ type, ...body, snapshot, what })}>
          Restore {number}
        </Button>
      )}
      {mayDownload && !isDeleted && !props.isEmpty && (
        <Button
          icon={<ArrowDownloadRegular />}
          disabledFocusable={download.isPending}
          onClick={() =>
            download.mutate({
              tenantId: tenant.id,
              what,
              body: { object_types: [type], search: "", filter: [], ...body, snapshot: String(snapshot) },
            })
          }
        >
          {hasChosen ? `Download ${number}` : "Download"}
        </Button>
      )}
    </>
  );
}
