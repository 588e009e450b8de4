import { useQuery } from "@tanstack/react-query";
import type { Me } from "../api/client";
import { meQuery } from "../api/queries";

export type Permission = Me["permissions"][number];

/** What somebody may not do is not shown to them. */
export function useMay(permission: Permission): boolean {
  const { data: me } = useQuery(meQuery);
  return me?.permissions.includes(permission) ?? false;
}
