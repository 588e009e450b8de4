import { useQuery } from "@tanstack/react-query";
import { coverageQuery, tenantsQuery } from "../api/queries";
import { propertyName } from "../words/states";

/** What object types are called: the same for all tenants, so that any tells it for one that was disconnected. A type's
 * own name when there is none. */
export function useTypeLabel(tenantId: string): (type: string) => string {
  const { data: tenants } = useQuery(tenantsQuery);
  const asked = (tenants?.find((one) => one.id === tenantId) ?? tenants?.[0])?.id;
  const { data } = useQuery({ ...coverageQuery(asked ?? ""), enabled: asked !== undefined });
  return (type) => data?.find((row) => row.object_type === type)?.label ?? propertyName(type);
}
