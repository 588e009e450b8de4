import { Button } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { Sheet } from "./Sheet";
import { TroubleBar } from "./trouble";

interface Props {
  title: ReactNode;
  act: string;
  isBusy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, act, isBusy, error, onConfirm, onClose, children }: Props) {
  return (
    <Sheet
      title={title}
      onClose={onClose}
      action={
        <Button appearance="primary" disabledFocusable={isBusy} onClick={onConfirm}>
          {act}
        </Button>
      }
    >
      {error ? <TroubleBar error={error} title="This did not work" /> : null}
      <div>{children}</div>
    </Sheet>
  );
}
