import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Me } from "../api/client";
import { meQuery } from "../api/queries";
import { useAnnounce } from "../parts/announce";
import { mayWords, roleName } from "../words/people";

/** Somebody whose role is changed meanwhile is told, for what they had open may be gone at once. */
export function useRoleTold(): void {
  const { data: me } = useQuery(meQuery);
  const announce = useAnnounce();
  const before = useRef<Me | undefined>(undefined);
  useEffect(() => {
    const known = before.current;
    before.current = me;
    if (me === undefined || known?.name !== me.name || known.role === me.role) return;
    announce.news({ title: `Your role is ${roleName(me.role)} now`, body: mayWords(me.role, false) });
  }, [me, announce]);
}
