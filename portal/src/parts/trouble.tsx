/** What went wrong, as a sentence, with a way to try again. */
import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  tokens,
} from "@fluentui/react-components";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Trouble } from "../api/client";
import { sentenceOf } from "./announce";

const useStyles = makeStyles({ page: { padding: tokens.spacingHorizontalXL } });

interface Shown {
  error: unknown;
  retry?: () => void;
  title?: string;
}

export function TroubleBar({ error, retry, title = "This could not be loaded" }: Shown) {
  const trouble = error instanceof Trouble ? error : null;
  // Whoever runs Reentra finds it in the log by this; what was merely refused needs no log.
  const code = trouble?.requestId && trouble.status >= 500 ? ` (request ${trouble.requestId})` : "";
  return (
    <MessageBar intent="error" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle> {sentenceOf(error)}
        {code}
      </MessageBarBody>
      {retry && trouble?.status !== 404 && (
        <MessageBarActions>
          <Button onClick={retry}>Try again</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}

export function PageTrouble({ error, reset }: ErrorComponentProps) {
  const styles = useStyles();
  return (
    <main className={styles.page}>
      <TroubleBar error={error} retry={reset} />
    </main>
  );
}
