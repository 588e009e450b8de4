/** The portal's addresses. Everything that is chosen on a page stands in its address, so that it can be shared. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { forget, remember, Trouble, wasSignedIn } from "./api/client";
import { meQuery } from "./api/queries";
import { Loading } from "./parts/states";
import { PageTrouble } from "./parts/trouble";
import { NotFoundPage } from "./shell/NotFoundPage";
import { Root } from "./shell/Root";
import { Shell } from "./shell/Shell";

type Search = Record<string, string>;

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Root,
});

/** Only the named parameters, as text. */
function only<Name extends string>(...names: Name[]) {
  return (search: Search): Partial<Record<Name, string>> =>
    Object.fromEntries(
      names.filter((name) => search[name] !== undefined && search[name] !== "").map((name) => [name, search[name]]),
    ) as Partial<Record<Name, string>>;
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: only("back"),
  component: lazyRouteComponent(() => import("./pages/SignIn"), "SignIn"),
});

const setUp = createRoute({
  getParentRoute: () => root,
  path: "/set-up",
  component: lazyRouteComponent(() => import("./pages/SetUp"), "SetUp"),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context, location }) => {
    const toSignIn = redirect({ to: "/sign-in", search: location.href === "/" ? {} : { back: location.href } });
    if (!wasSignedIn()) throw toSignIn;
    try {
      remember(await context.queries.query({ ...meQuery, staleTime: "static" }));
    } catch (error) {
      if (!(error instanceof Trouble) || error.status !== 401) throw error;
      forget();
      throw toSignIn;
    }
  },
  component: Shell,
});

const dashboard = createRoute({
  getParentRoute: () => inside,
  path: "/",
  validateSearch: only("search", "state", "sort"),
  component: lazyRouteComponent(() => import("./pages/Dashboard"), "Dashboard"),
});

const newTenants = createRoute({
  getParentRoute: () => inside,
  path: "/new-tenants",
  validateSearch: only("tenant", "purpose", "own", "registration", "cloud", "back", "connected", "problem"),
  component: lazyRouteComponent(() => import("./pages/NewTenants"), "NewTenants"),
});

const tenant = createRoute({
  getParentRoute: () => inside,
  path: "/tenants/$tenantId",
  validateSearch: only("snapshot"),
  component: lazyRouteComponent(() => import("./pages/TenantDetail"), "TenantDetail"),
});

const objects = createRoute({
  getParentRoute: () => inside,
  path: "/tenants/$tenantId/$type",
  validateSearch: only("snapshot", "search", "filter", "deleted", "columns", "object", "tab", "act", "chosen"),
  component: lazyRouteComponent(() => import("./pages/Objects"), "Objects"),
});

const systemStatus = createRoute({
  getParentRoute: () => inside,
  path: "/system-status",
  validateSearch: only("job", "tenant", "kind", "status"),
  component: lazyRouteComponent(() => import("./pages/SystemStatus"), "SystemStatus"),
});

const downloads = createRoute({
  getParentRoute: () => inside,
  path: "/downloads",
  component: lazyRouteComponent(() => import("./pages/Downloads"), "Downloads"),
});

const restores = createRoute({
  getParentRoute: () => inside,
  path: "/restores",
  component: lazyRouteComponent(() => import("./pages/Restores"), "Restores"),
});

const restore = createRoute({
  getParentRoute: () => inside,
  path: "/restores/$planId",
  component: lazyRouteComponent(() => import("./pages/RestorePlan"), "RestorePlan"),
});

const auditLog = createRoute({
  getParentRoute: () => inside,
  path: "/audit-log",
  validateSearch: only("tenant"),
  component: lazyRouteComponent(() => import("./pages/AuditLog"), "AuditLog"),
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: "/settings",
  validateSearch: only("section"),
  component: lazyRouteComponent(() => import("./pages/Settings"), "Settings"),
});

const nowhere = createRoute({ getParentRoute: () => inside, path: "$", component: NotFoundPage });

const tree = root.addChildren([
  signIn,
  setUp,
  inside.addChildren([
    dashboard,
    newTenants,
    tenant,
    objects,
    systemStatus,
    downloads,
    restores,
    restore,
    auditLog,
    settings,
    nowhere,
  ]),
]);

export function buildRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPendingComponent: Loading,
    defaultErrorComponent: PageTrouble,
    scrollRestoration: true,
    // Plain words in addresses: ?snapshot=3, not JSON.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null);
      const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
      return text && `?${text}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof buildRouter>;
  }
}
