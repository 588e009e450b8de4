import { Outlet } from "@tanstack/react-router";
import { Announcements } from "../parts/announce";

export function Root() {
  return (
    <Announcements>
      <Outlet />
    </Announcements>
  );
}
