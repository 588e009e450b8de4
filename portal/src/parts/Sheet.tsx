/** The layout of every dialog: a title, what is asked or told, a button that leaves and one that acts. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from "@fluentui/react-components";
import { useEffect, useRef, type ReactNode, type SubmitEvent } from "react";
import { useUnsaved } from "./unsaved";
import { useFocusBack } from "./useFocusBack";

const useStyles = makeStyles({
  wide: { maxWidth: "760px" },
  title: { overflowWrap: "anywhere" },
  content: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 1fr)",
    gap: tokens.spacingVerticalM,
    paddingBottom: tokens.spacingVerticalXS,
    overflowWrap: "anywhere", // the name of what is written to is never cut
    // A long choice is cut, not the field that holds it.
    "& > .fui-Field": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
});

interface Props {
  title: ReactNode;
  /** Beside the button that leaves; null when there is nothing (more) to do. */
  action: ReactNode;
  /** Of the button that leaves; null: the action is the only way out, so that nothing is lost by a slip. */
  close?: string | null;
  /** It is a form that Enter sends, and a click beside it leaves it. Never where something is written to a tenant. */
  onSubmit?: () => void;
  onClose: () => void;
  isWide?: boolean;
  children: ReactNode;
}

export function Sheet({ title, action, close = "Cancel", onSubmit, onClose, isWide = false, children }: Props) {
  const styles = useStyles();
  const leave = useRef<HTMLButtonElement>(null);
  const hasAction = Boolean(action);
  useFocusBack();
  useUnsaved(true);
  useEffect(() => {
    // The button that was pressed is gone: whoever works by keyboard goes on from the one that is left.
    if (!hasAction && document.activeElement === document.body) leave.current?.focus();
  }, [hasAction]);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    onSubmit?.();
  }

  const body = (
    <DialogBody>
      <DialogTitle className={styles.title}>{title}</DialogTitle>
      <DialogContent className={styles.content}>{children}</DialogContent>
      <DialogActions>
        {close && (
          <Button ref={leave} onClick={onClose}>
            {close}
          </Button>
        )}
        {action}
      </DialogActions>
    </DialogBody>
  );
  return (
    <Dialog open modalType={onSubmit ? "modal" : "alert"} onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface {...(isWide ? { className: styles.wide } : {})}>
        {onSubmit ? <form onSubmit={submit}>{body}</form> : body}
      </DialogSurface>
    </Dialog>
  );
}
