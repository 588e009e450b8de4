/** The one way to the gateway: generated types, the session's CSRF token, and trouble as sentences. */
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Tenant = Schemas["TenantView"];
export type Job = Schemas["JobView"];
export type Snapshot = Schemas["SnapshotView"];
export type ObjectRow = Schemas["ObjectView"];
export type ObjectDetail = Schemas["ObjectDetail"];
export type Me = Schemas["Me"];

const CHANGES = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const SIGNED_IN = "reentra.signed-in";
let csrfToken: string | null = null;

/** What the gateway refused, in its own words. `status` 0: it could not be reached. */
export class Trouble extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
  ) {
    super(message);
  }
}

/** Remembered beside the cookie, which scripts cannot see, so that a stranger is shown the sign-in without asking. */
export function wasSignedIn(): boolean {
  return localStorage.getItem(SIGNED_IN) !== null;
}

export function remember(me: Me): void {
  csrfToken = me.csrf_token ?? null;
  localStorage.setItem(SIGNED_IN, "yes");
}

export function forget(): void {
  csrfToken = null;
  localStorage.removeItem(SIGNED_IN);
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && CHANGES.has(request.method)) request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(csrf);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's content, or the gateway's refusal as an error. */
export async function answered<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Trouble(0, "unreachable", "Reentra cannot be reached. Check that it is running and try again.");
  }
  if (answer.response.ok) return answer.data as T;
  const { status, url } = answer.response;
  if (status === 401 && csrfToken !== null && !url.includes("/api/v1/session")) {
    throw new Trouble(401, "not_signed_in", "Your session has ended. Sign in again, then try again.");
  }
  throw troubleOf(status, answer.error);
}

function troubleOf(status: number, body: unknown): Trouble {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Schemas["Problem"]>;
  const sentence = problem.detail ?? `The gateway answered ${status} without saying why.`;
  return new Trouble(status, problem.code ?? "error", sentence, problem.request_id ?? null);
}
