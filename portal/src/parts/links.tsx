/** Fluent's links and buttons that go to a page of the portal. */
import { Button, Link, type ButtonProps, type LinkProps } from "@fluentui/react-components";
import { createLink } from "@tanstack/react-router";
import { forwardRef } from "react";

const FluentAnchor = forwardRef<HTMLAnchorElement, LinkProps & { as?: "a" }>((props, ref) => (
  <Link {...props} as="a" ref={ref} />
));
FluentAnchor.displayName = "FluentAnchor";

const FluentAnchorButton = forwardRef<HTMLAnchorElement, ButtonProps & { as?: "a" }>((props, ref) => {
  const given: object = props; // of a button, as Fluent types them, though it makes an anchor of it
  return <Button {...given} as="a" ref={ref} />;
});
FluentAnchorButton.displayName = "FluentAnchorButton";

export const TextLink = createLink(FluentAnchor);
export const LinkButton = createLink(FluentAnchorButton);
