import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../api/queries";

/** Viewers look; what they may not do is not shown to them. */
export function useMayDo(): boolean {
  const { data: me } = useQuery(meQuery);
  return me?.role === "admin";
}
