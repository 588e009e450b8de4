import { useQuery } from "@tanstack/react-query";
import { tenantsQuery } from "../api/queries";

/** Tenants' names by id; the id itself for one that was disconnected. */
export function useTenantName(): (tenantId: string) => string {
  const { data } = useQuery(tenantsQuery);
  return (tenantId) => data?.find((tenant) => tenant.id === tenantId)?.name ?? tenantId;
}

/** False of a tenant that was disconnected: what would be done with it is not offered. */
export function useIsConnected(tenantId: string): boolean {
  const { data } = useQuery(tenantsQuery);
  return data === undefined || data.some((tenant) => tenant.id === tenantId);
}
