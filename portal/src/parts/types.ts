import { useQuery } from "@tanstack/react-query";
import { coverageQuery } from "../api/queries";
import { propertyName } from "../words/states";

/** What object types are called; a type's own name for a tenant that was disconnected. */
export function useTypeLabel(tenantId: string): (type: string) => string {
  const { data } = useQuery(coverageQuery(tenantId));
  return (type) => data?.find((row) => row.object_type === type)?.label ?? propertyName(type);
}
