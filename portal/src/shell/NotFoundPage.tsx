import { Page } from "../parts/layout";
import { TextLink } from "../parts/links";
import { Empty } from "../parts/states";

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty title="There is nothing at this address">
        <TextLink to="/">Go to the Dashboard</TextLink>
      </Empty>
    </Page>
  );
}
