/** Who has access, and as what. */
import {
  Button,
  makeStyles,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Text,
  tokens,
} from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { MoreHorizontalRegular } from "@fluentui/react-icons/svg/more-horizontal";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { meQuery, peopleQuery } from "../../api/queries";
import { DataTable, type Column } from "../../parts/DataTable";
import { useMay } from "../../parts/role";
import { LoadingRows, StateBadge } from "../../parts/states";
import { useTenantName } from "../../parts/tenants";
import { TroubleBar } from "../../parts/trouble";
import { useNow, When } from "../../parts/When";
import { isOnlyAdministrator, personState, roleName, type Person } from "../../words/people";
import { ChangeRole, ChangeTenants, Disable, Enable, Invite, Remove, Reset } from "./PersonActs";

type Act = "role" | "tenants" | "disable" | "enable" | "reset" | "remove";

const DIALOGS = { role: ChangeRole, tenants: ChangeTenants, disable: Disable, enable: Enable, reset: Reset, remove: Remove };
const WORDS: Record<Act, string> = {
  role: "Change role",
  tenants: "Change tenants",
  disable: "Disable",
  enable: "Enable",
  reset: "Reset",
  remove: "Remove",
};

const SHOWN_TENANTS = 2;

const useStyles = makeStyles({
  head: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalL, alignItems: "center" },
  words: { flex: "1 1 280px" },
  quiet: { color: tokens.colorNeutralForeground2 },
  more: { justifySelf: "center" },
});

export function People() {
  const styles = useStyles();
  const list = useInfiniteQuery(peopleQuery);
  const { data: me } = useQuery(meQuery);
  const mayChange = useMay("people.write");
  const now = useNow();
  const nameOf = useTenantName();
  const [isInviting, setInviting] = useState(false);
  const [doing, setDoing] = useState<{ act: Act; person: Person } | null>(null);
  const people = list.data?.pages.flatMap((page) => page.value) ?? [];
  const columns: Column<Person>[] = [
    {
      name: "Name",
      cell: (person) => (
        <>
          <bdi>{person.name}</bdi>
          {person.id === me?.id && <span className={styles.quiet}> (you)</span>}
        </>
      ),
    },
    { name: "Role", cell: (person) => roleName(person.role), width: "125px" },
    { name: "Tenants", cell: (person) => <SeenTenants ids={person.tenants} nameOf={nameOf} /> },
    { name: "State", cell: (person) => <StateBadge state={personState(person, now)} />, width: "130px" },
    {
      name: "Last sign-in",
      width: "125px",
      cell: (person) => (person.last_sign_in_at ? <When at={person.last_sign_in_at} /> : "Never"),
    },
  ];
  const changes: Column<Person> = {
    name: "Change",
    width: "145px",
    cell: (person) => {
      const acts = actsOn(person, people, list.hasNextPage, person.id === me?.id);
      if (acts.length === 0) return <span className={styles.quiet}>Last administrator</span>;
      return <Acts person={person} acts={acts} onAct={(act) => setDoing({ act, person })} />;
    },
  };
  const Dialog = doing && DIALOGS[doing.act];
  return (
    <>
      <div className={styles.head}>
        <Text className={styles.words}>
          Who may sign in, as what, and for which tenants. A change counts from their next click on.
        </Text>
        {mayChange && (
          <Button appearance="primary" icon={<AddRegular />} onClick={() => setInviting(true)}>
            Invite
          </Button>
        )}
      </div>
      {list.isPending && <LoadingRows rows={3} />}
      {list.isError && <TroubleBar error={list.error} retry={() => void list.refetch()} />}
      {people.length > 0 && (
        <DataTable
          label="People"
          columns={mayChange ? [...columns, changes] : columns}
          rows={people}
          keyOf={(person) => person.id}
          minWidth="980px"
        />
      )}
      {people.length === 1 && mayChange && (
        <Text className={styles.quiet}>
          Nobody else has access yet. Invite a second administrator, so that a lost password keeps nobody out.
        </Text>
      )}
      {list.hasNextPage && (
        <Button className={styles.more} disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
      {isInviting && <Invite onClose={() => setInviting(false)} />}
      {doing && Dialog && <Dialog person={doing.person} onClose={() => setDoing(null)} />}
    </>
  );
}

/** The first ones by name; all of them to whoever points at them. */
function SeenTenants({ ids, nameOf }: { ids: string[] | null; nameOf: (id: string) => string }) {
  if (ids === null) return "All";
  const names = ids.map(nameOf).toSorted((one, other) => one.localeCompare(other));
  const more = names.length - SHOWN_TENANTS;
  const words = names.slice(0, SHOWN_TENANTS).join(", ");
  return <bdi title={names.join(", ")}>{more > 0 ? `${words} and ${more} more` : words}</bdi>;
}

/** What would be refused anyway is not offered. */
function actsOn(person: Person, people: readonly Person[], areMore: boolean, isMe: boolean): Act[] {
  if (!areMore && isOnlyAdministrator(person, people)) return [];
  if (person.state === "disabled") return ["enable", "role", "tenants", "remove"];
  return isMe ? ["role", "tenants", "disable", "remove"] : ["role", "tenants", "disable", "reset", "remove"];
}

function Acts({ person, acts, onAct }: { person: Person; acts: Act[]; onAct: (act: Act) => void }) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" icon={<MoreHorizontalRegular />} aria-label={`Change ${person.name}`} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {acts.map((act) => (
            <MenuItem key={act} onClick={() => onAct(act)}>
              {WORDS[act]}
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
