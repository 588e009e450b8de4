/** Banners that tell what came of a click; read out by screen readers. */
import {
  Link,
  Toast,
  ToastBody,
  Toaster,
  ToastFooter,
  ToastTitle,
  ToastTrigger,
  makeStyles,
  useId,
  useToastController,
  type ToastIntent,
} from "@fluentui/react-components";
import { createContext, useContext, useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import { Trouble } from "../api/client";
import { makeRoomFor } from "./bannerRoom";
import { stopsToSee, useFocusKept } from "./useFocusBack";

export interface Announcement {
  /** Names in it stand apart (`<bdi>`): they may run from right to left. */
  title: ReactNode;
  body?: string;
  /** A link to where to look further; it also takes the banner away. */
  more?: ReactNode;
}

interface Announce {
  success: (what: Announcement) => void;
  news: (what: Announcement) => void;
  failure: (error: unknown, title: ReactNode) => void;
}

const Announcing = createContext<Announce | null>(null);
const SHOWN_MS = 8000;
const useStyles = makeStyles({
  /** Sidebars and dialogs are at 1000000 (Fluent's Portal), and whatever opens later lies above. */
  above: { zIndex: 1000001 },
});

export function useAnnounce(): Announce {
  const announce = useContext(Announcing);
  if (announce === null) throw new Error("useAnnounce is used outside of Announcements");
  return announce;
}

export function sentenceOf(error: unknown): string {
  if (error instanceof Trouble) return error.message;
  return error instanceof Error ? error.message : String(error);
}

export function Announcements({ children }: { children: ReactNode }) {
  const styles = useStyles();
  const toaster = useId("toaster");
  const { dispatchToast, dismissToast } = useToastController(toaster);
  const shown = useRef(0);
  const success = useRef<string | null>(null);
  const value = useMemo<Announce>(() => {
    const show = (what: Announcement, intent: ToastIntent) => {
      shown.current += 1;
      const toastId = `announcement-${shown.current}`;
      if (intent === "success") {
        // One at a time: several would cover the page that somebody goes on working in. Failures stay their time.
        if (success.current !== null) dismissToast(success.current);
        success.current = toastId;
      }
      const close = (
        <ToastTrigger>
          <Link as="button">Dismiss</Link>
        </ToastTrigger>
      );
      const content = (
        <Banner id={toastId}>
          <ToastTitle action={close}>
            <span>{what.title}</span>
          </ToastTitle>
          {what.body && <ToastBody>{what.body}</ToastBody>}
          {what.more && (
            // Whoever follows the link has read it. (A ToastTrigger would make a button of the link.)
            <ToastFooter onClick={() => dismissToast(toastId)}>{what.more}</ToastFooter>
          )}
        </Banner>
      );
      dispatchToast(content, {
        toastId,
        intent,
        timeout: SHOWN_MS,
        pauseOnHover: true,
        pauseOnWindowBlur: true,
      });
    };
    return {
      success: (what) => show(what, "success"),
      news: (what) => show(what, "info"),
      failure: (error, title) => show({ title, body: sentenceOf(error) }, "error"),
    };
  }, [dispatchToast, dismissToast]);
  return (
    <Announcing value={value}>
      {children}
      <Toaster toasterId={toaster} position="bottom-end" mountNode={{ className: styles.above }} />
    </Announcing>
  );
}

/** Whoever follows its link, or dismisses it, goes on in the page. */
function Banner({ id, children }: { id: string; children: ReactNode }) {
  const banner = useFocusKept<HTMLDivElement>("main");
  useEffect(() => {
    makeRoomFor(id, banner.current);
    return () => makeRoomFor(id, null);
  }, [id, banner]);
  return (
    <Toast ref={banner} onKeyDown={leaveByTab}>
      {children}
    </Toast>
  );
}

/** Fluent lets Tab go round in a banner for ever. Here it leads to the next banner, and behind the last one into the page,
 * or what is open above it. */
function leaveByTab(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Tab" || !(event.target instanceof HTMLElement)) return;
  const banners = event.currentTarget.closest("[role=list]") ?? event.currentTarget;
  const stops = [...banners.querySelectorAll<HTMLElement>("a[href], button")];
  const step = event.shiftKey ? -1 : 1;
  const next = stops[stops.indexOf(event.target) + step] ?? stopsToSee().at(event.shiftKey ? -1 : 0);
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
