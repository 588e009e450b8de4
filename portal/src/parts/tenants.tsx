/** Tenants by name, also those that were disconnected. */
import { Select, Tooltip, type SelectProps } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { tenantNamesQuery, tenantsQuery } from "../api/queries";

/** What is left of one of which not even the name is known, after a rebuild for example. */
const NAMELESS = "Disconnected tenant";

/** By id; the last name of one that was disconnected, and nothing as long as that is not known. */
export function useTenantName(): (tenantId: string) => string {
  const { data: connected } = useQuery(tenantsQuery);
  const { data: all } = useQuery(tenantNamesQuery);
  return (tenantId) =>
    [...(connected ?? []), ...(all ?? [])].find((tenant) => tenant.id === tenantId)?.name ?? (all ? NAMELESS : "");
}

/** False of a tenant that was disconnected: what would be done with it is not offered. */
export function useIsConnected(tenantId: string): boolean {
  const { data } = useQuery(tenantsQuery);
  return data === undefined || data.some((tenant) => tenant.id === tenantId);
}

/** With the id on hover where the tenant's own page, which would tell it, is gone. */
export function TenantName({ id }: { id: string }) {
  const name = useTenantName()(id);
  if (useIsConnected(id)) return <bdi>{name}</bdi>;
  return (
    <Tooltip content={`Disconnected. Tenant id ${id}`} relationship="description">
      <span>
        <bdi>{name}</bdi>
        {name !== "" && name !== NAMELESS && " (disconnected)"}
      </span>
    </Tooltip>
  );
}

interface FilterProps extends Omit<SelectProps, "onChange" | "value"> {
  value: string;
  onChange: (tenantId: string) => void;
}

/** One tenant of all that jobs and acts may tell of; "": all. */
export function TenantFilter({ value, onChange, ...props }: FilterProps) {
  const { data: tenants } = useQuery(tenantNamesQuery);
  const isUnknown = tenants !== undefined && value !== "" && tenants.every((one) => one.id !== value);
  return (
    <Select {...props} aria-label="Tenant" value={value} onChange={(_, data) => onChange(data.value)}>
      <option value="">All tenants</option>
      {tenants?.map((one) => (
        <option key={one.id} value={one.id}>
          {one.is_connected ? one.name : `${one.name} (disconnected)`}
        </option>
      ))}
      {isUnknown && <option value={value}>{NAMELESS}</option>}
    </Select>
  );
}
