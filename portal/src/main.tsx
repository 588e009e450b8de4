import { createDOMRenderer, RendererProvider } from "@fluentui/react-components";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Trouble } from "./api/client";
import { meQuery } from "./api/queries";
import { buildRouter } from "./router";
import { Themed } from "./shell/theme";
import "./styles.css";

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
const renderer = createDOMRenderer(document, nonce ? { styleElementAttributes: { nonce } } : {});

const MOST_TRIES = 3;
const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => query.queryKey !== meQuery.queryKey && lookAgain(error) }),
  mutationCache: new MutationCache({ onError: lookAgain }),
  defaultOptions: {
    // Asked whether there is a network or not (Reentra may run on this machine), and told when there is no answer:
    // nothing waits unseen, and no click of before is sent when the network comes back.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      refetchOnReconnect: true,
      staleTime: 15_000,
      // What was refused stays refused; what could not be reached may come back.
      retry: (failures, error) => error instanceof Trouble && error.status === 503 && failures < MOST_TRIES,
    },
  },
});
/** Who was refused may have another role by now, or no access: who is signed in is asked again. */
function lookAgain(error: Error): void {
  if (!(error instanceof Trouble) || (error.status !== 401 && error.status !== 403)) return;
  void queries.invalidateQueries({ queryKey: meQuery.queryKey });
}

const router = buildRouter(queries);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no root");
createRoot(root).render(
  <StrictMode>
    <RendererProvider renderer={renderer} targetDocument={document}>
      <QueryClientProvider client={queries}>
        <Themed>
          <RouterProvider router={router} />
        </Themed>
      </QueryClientProvider>
    </RendererProvider>
  </StrictMode>,
);
