/** The frame of everything behind the sign-in: product bar, navigation, live connection, the page. */
import {
  Button,
  makeStyles,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  MessageBar,
  MessageBarBody,
  mergeClasses,
  Text,
  tokens,
  Tooltip,
} from "@fluentui/react-components";
import { NavigationRegular } from "@fluentui/react-icons/svg/navigation";
import { PersonRegular } from "@fluentui/react-icons/svg/person";
import { WeatherMoonRegular } from "@fluentui/react-icons/svg/weather-moon";
import { WeatherSunnyRegular } from "@fluentui/react-icons/svg/weather-sunny";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { answered, api, forget } from "../api/client";
import { useLive } from "../api/live";
import { meQuery } from "../api/queries";
import { useAnnounce } from "../parts/announce";
import { BANNER_ROOM } from "../parts/bannerRoom";
import { TextLink } from "../parts/links";
import { useFocusHeld, useFocusOnPage } from "../parts/useFocusBack";
import { Navigation } from "./Navigation";
import { SessionEnd } from "./SessionEnd";
import { useTheme } from "./theme";
import { useRoleTold } from "./useRoleTold";

const PHONE = "@media (max-width: 860px)";

const useStyles = makeStyles({
  shell: {
    display: "grid",
    gridTemplateRows: "auto 1fr",
    height: "100%",
    backgroundColor: tokens.colorNeutralBackground2,
  },
  bar: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  brand: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS, flex: 1, minWidth: 0 },
  name: { color: tokens.colorNeutralForeground1, textDecorationLine: "none" },
  body: { display: "grid", gridTemplateColumns: "auto 1fr", minHeight: 0, [PHONE]: { gridTemplateColumns: "1fr" } },
  side: {
    width: "216px",
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflowY: "auto",
    [PHONE]: { display: "none" },
  },
  sideOpen: {
    [PHONE]: {
      display: "block",
      position: "fixed",
      zIndex: 10,
      top: "49px",
      bottom: 0,
      left: 0,
      boxShadow: tokens.shadow28,
    },
  },
  person: { maxWidth: "min(30vw, 280px)", overflowX: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  burger: { display: "none", [PHONE]: { display: "inline-flex" } },
  main: {
    overflowY: "auto",
    minWidth: 0,
    display: "flex",
    flexDirection: "column",
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
    // What is focused is not scrolled below a banner.
    scrollPaddingBottom: BANNER_ROOM,
    [PHONE]: { scrollPaddingBottom: `max(136px, ${BANNER_ROOM})` },
  },
  skip: {
    position: "absolute",
    left: "-9999px",
    ":focus": { left: tokens.spacingHorizontalM, top: tokens.spacingVerticalM, zIndex: 20 },
  },
});

export function Shell() {
  const styles = useStyles();
  const connection = useLive();
  const [openAt, setOpenAt] = useState<string | null>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const main = useRef<HTMLElement>(null);
  const burger = useRef<HTMLButtonElement>(null);
  const open = openAt === path; // going somewhere closes it
  useFocusOnPage(shown);
  useRoleTold();
  useFocusHeld();
  useEffect(() => {
    if (!open) return undefined;
    const close = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpenAt(null);
      burger.current?.focus();
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [open]);
  return (
    <div className={styles.shell}>
      <header className={styles.bar}>
        <a className={styles.skip} href="#main" onClick={() => main.current?.focus()}>
          Skip to the content
        </a>
        <Button
          ref={burger}
          className={styles.burger}
          appearance="subtle"
          icon={<NavigationRegular />}
          aria-label="Navigation"
          aria-expanded={open}
          onClick={() => setOpenAt(open ? null : path)}
        />
        <div className={styles.brand}>
          <img src="/icon.svg" alt="" width={24} height={24} />
          <TextLink to="/" className={styles.name}>
            <Text size={400} weight="semibold">
              Reentra
            </Text>
          </TextLink>
        </div>
        <ThemeButton />
        <PersonMenu />
      </header>
      <div className={styles.body}>
        <div className={mergeClasses(styles.side, open && styles.sideOpen)}>
          <Navigation />
        </div>
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          {connection === "lost" && (
            <MessageBar intent="warning">
              <MessageBarBody>
                The connection to Reentra is lost. What you see may be out of date; it goes on by itself.
              </MessageBarBody>
            </MessageBar>
          )}
          <Outlet />
        </main>
      </div>
      <SessionEnd />
    </div>
  );
}

function ThemeButton() {
  const { chosen, turn } = useTheme();
  const words = chosen === "dark" ? "Use light colours" : "Use dark colours";
  return (
    <Tooltip content={words} relationship="label">
      <Button
        appearance="subtle"
        icon={chosen === "dark" ? <WeatherSunnyRegular /> : <WeatherMoonRegular />}
        onClick={turn}
      />
    </Tooltip>
  );
}

function PersonMenu() {
  const styles = useStyles();
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const announce = useAnnounce();
  async function signOut(): Promise<void> {
    try {
      await answered(api.DELETE("/api/v1/session"));
    } catch (error) {
      announce.failure(error, "You are still signed in");
      return;
    }
    forget();
    await navigate({ to: "/sign-in" });
    queries.clear();
  }
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<PersonRegular />}>
          <bdi className={styles.person}>{me?.name ?? ""}</bdi>
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem onClick={() => void navigate({ to: "/settings" })}>Settings</MenuItem>
          <MenuItem onClick={() => void signOut()}>Sign out</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
