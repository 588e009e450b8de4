/** Light or dark: the system's choice unless the reader made one. */
import { FluentProvider, webDarkTheme, webLightTheme } from "@fluentui/react-components";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

const KEY = "reentra.theme";
const DARK = "(prefers-color-scheme: dark)";
type Choice = "light" | "dark";

const Theme = createContext<{ chosen: Choice; turn: () => void }>({ chosen: "light", turn: () => undefined });

export const useTheme = () => useContext(Theme);

export function Themed({ children }: { children: ReactNode }) {
  const [chosen, choose] = useState<Choice>(initial);
  useEffect(() => {
    const media = matchMedia(DARK);
    const follow = () => {
      if (localStorage.getItem(KEY) === null) choose(media.matches ? "dark" : "light");
    };
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  useEffect(() => {
    document.documentElement.style.colorScheme = chosen;
  }, [chosen]);
  const value = useMemo(() => {
    const turn = () => {
      const other = chosen === "dark" ? "light" : "dark";
      localStorage.setItem(KEY, other);
      choose(other);
    };
    return { chosen, turn };
  }, [chosen]);
  return (
    <Theme value={value}>
      <FluentProvider theme={chosen === "dark" ? webDarkTheme : webLightTheme}>
        {children}
      </FluentProvider>
    </Theme>
  );
}

function initial(): Choice {
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia(DARK).matches ? "dark" : "light";
}
