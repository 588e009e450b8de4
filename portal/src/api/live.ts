/** Live status: every fact that a service announces comes as an event and makes what it touches be read again. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

/** The gateway's feed has one event per topic; `EventSource` wants each by its name. */
const TOPICS = [
  "auth.tenant-connected.v1",
  "auth.tenant-frequency-changed.v1",
  "auth.tenant-needs-consent.v1",
  "auth.tenant-disconnected.v1",
  "collector.backup-progressed.v1",
  "collector.snapshot-sealed.v1",
  "collector.backup-finished.v1",
  "exporter.export-progressed.v1",
  "exporter.export-ready.v1",
  "gateway.job-changed.v1",
  "restorer.restore-planned.v1",
  "restorer.restore-progressed.v1",
  "restorer.restore-finished.v1",
] as const;
const SMALL_STEPS = "-progressed.v1";
const GATHER_MS = 400;
const CLOSED_RETRY_MS = 5000;

export type Connection = "connecting" | "live" | "lost";

export function useLive(): Connection {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => follow(queries, setConnection), [queries]);
  return connection;
}

function follow(queries: QueryClient, tell: (connection: Connection) => void): () => void {
  const dirty = new Set<string>();
  let timer: number | undefined;
  let again: number | undefined;
  let source: EventSource;

  /** A backup announces hundreds of small steps: read once for all that came within a moment. */
  function refresh(): void {
    timer = undefined;
    for (const key of dirty) void queries.invalidateQueries({ queryKey: [key] });
    dirty.clear();
  }

  function touched(...keys: string[]): void {
    for (const key of keys) dirty.add(key);
    timer ??= window.setTimeout(refresh, GATHER_MS);
  }

  function open(): void {
    source = new EventSource("/api/v1/events");
    source.addEventListener("ready", () => {
      tell("live");
      // What happened while nobody listened is not known: everything shown is read again, and who may see what.
      touched("jobs", "tenants", "me");
    });
    for (const topic of TOPICS) {
      source.addEventListener(topic, () => {
        if (topic.endsWith(SMALL_STEPS)) touched("jobs");
        else touched("jobs", "tenants");
      });
    }
    source.onerror = () => {
      tell("lost");
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      void queries.invalidateQueries({ queryKey: ["me"] });
      again = window.setTimeout(open, CLOSED_RETRY_MS);
    };
  }

  open();
  return () => {
    source.close();
    window.clearTimeout(timer);
    window.clearTimeout(again);
  };
}
