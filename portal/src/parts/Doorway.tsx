/** The page of somebody who is not in yet: a card in the middle, with one thing to do. */
import { Card, makeStyles, Title2, tokens } from "@fluentui/react-components";
import { useEffect, type ReactNode } from "react";

const useStyles = makeStyles({
  page: {
    minHeight: "100%",
    display: "grid",
    placeItems: "center",
    backgroundColor: tokens.colorNeutralBackground2,
    padding: tokens.spacingHorizontalL,
    boxSizing: "border-box",
  },
  card: {
    width: "min(440px, 100%)",
    padding: tokens.spacingHorizontalXXL,
    boxSizing: "border-box",
    rowGap: tokens.spacingVerticalL,
  },
  brand: { display: "flex", gap: tokens.spacingHorizontalM, alignItems: "center" },
  title: { margin: 0 },
});

interface Props {
  title: string;
  /** Of the browser's tab. */
  short: string;
  children: ReactNode;
}

export function Doorway({ title, short, children }: Props) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${short} · Reentra`;
  }, [short]);
  return (
    <main className={styles.page}>
      <Card className={styles.card}>
        <div className={styles.brand}>
          <img src="/icon.svg" alt="" width={36} height={36} />
          <Title2 as="h1" className={styles.title}>
            {title}
          </Title2>
        </div>
        {children}
      </Card>
    </main>
  );
}
