/** As much room below the end of what scrolls as the banners that are shown cover, so that what lies under them can always
 * be scrolled out from under them. */
const ROOM = "--banner-room";
const GAP_PX = 16;
const shown = new Map<string, { banner: HTMLElement; observer: ResizeObserver }>();

export const BANNER_ROOM = `var(${ROOM}, 0px)`;

/** `banner` null: it is gone. */
export function makeRoomFor(id: string, banner: HTMLElement | null): void {
  shown.get(id)?.observer.disconnect();
  shown.delete(id);
  if (banner !== null) {
    const observer = new ResizeObserver(tell);
    shown.set(id, { banner, observer });
    observer.observe(banner);
  }
  tell();
}

function tell(): void {
  const { style } = document.documentElement;
  const heights = [...shown.values()].map(({ banner }) => banner.offsetHeight + GAP_PX);
  if (heights.length === 0) style.removeProperty(ROOM);
  else style.setProperty(ROOM, `${heights.reduce((sum, height) => sum + height, GAP_PX)}px`);
}
