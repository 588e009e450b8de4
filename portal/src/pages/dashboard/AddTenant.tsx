/** Puts a tenant into the list; it is activated later, by an administrator of it. */
import { Button, Field, Input } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api } from "../../api/client";
import { useAnnounce } from "../../parts/announce";
import { CloudField, useUsualCloud } from "../../parts/CloudField";
import { Sheet } from "../../parts/Sheet";
import { TroubleBar } from "../../parts/trouble";

export function AddTenant({ onClose }: { onClose: () => void }) {
  const announce = useAnnounce();
  const queries = useQueryClient();
  const usual = useUsualCloud();
  const [name, setName] = useState("");
  const [organization, setOrganization] = useState("");
  const [cloud, setCloud] = useState<string | null>(null);
  const adding = useMutation({
    mutationFn: () => {
      const body = { name, organization, cloud: cloud ?? usual };
      return answered(api.POST("/api/v1/tenants/added", { body }));
    },
    onSuccess: (tenant) => {
      announce.success({ title: <><bdi>{tenant.name}</bdi> was added</>, body: "Press Activate Backup on its card to connect it." });
      void queries.invalidateQueries({ queryKey: ["tenants"] });
      onClose();
    },
  });

  return (
    <Sheet
      title="Add tenant"
      onClose={onClose}
      onSubmit={() => adding.mutate()}
      action={
        <Button type="submit" appearance="primary" disabled={!name || !organization} disabledFocusable={adding.isPending}>
          Add
        </Button>
      }
    >
      {adding.isError && <TroubleBar error={adding.error} title="The tenant was not added" />}
      <Field label="Name" required hint="As you call this customer or organization.">
        <Input value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field label="Domain or tenant id" required hint="For example contoso.com">
        <Input
          value={organization}
          spellCheck={false}
          autoCapitalize="none"
          onChange={(_, data) => setOrganization(data.value)}
        />
      </Field>
      <CloudField cloud={cloud ?? usual} onChange={setCloud} />
    </Sheet>
  );
}
