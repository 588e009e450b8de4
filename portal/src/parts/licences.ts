import { useQuery } from "@tanstack/react-query";
import { licencesQuery } from "../api/queries";

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A text in which licences have their part numbers (SPE_E5) in place of ids, as far as the tenant's backup tells. */
export function useLicenceNames(tenantId: string): (text: string) => string {
  const { data } = useQuery(licencesQuery(tenantId));
  return (text) => text.replace(GUID, (id) => data?.get(id) ?? id);
}
