import { AriaLiveAnnouncer } from "@fluentui/react-components";
import { Outlet } from "@tanstack/react-router";
import { Announcements } from "../parts/announce";

/** Without the announcer no message bar (an error, a warning) is read out by screen readers when it comes. */
export function Root() {
  return (
    <AriaLiveAnnouncer>
      <Announcements>
        <Outlet />
      </Announcements>
    </AriaLiveAnnouncer>
  );
}
