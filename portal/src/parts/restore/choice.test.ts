import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { asked, EVERYTHING, isTaken, offersOf, toggled } from "./choice";

type Step = Schemas["StepView"];
const plan = {
  counts: { properties: { jobTitle: 2, city: 1 }, relationships: { manager: 1 } },
} as unknown as Schemas["PlanView"];
const step = (one: Partial<Step>) => ({ path: "/users/a", display_name: "Ada", before: {}, ...one }) as Step;

describe("a choice of what is restored", () => {
  it("asks for nothing while everything is taken", () => {
    expect(asked(plan, EVERYTHING)).toEqual({});
    expect(asked(plan, toggled(toggled(EVERYTHING, "city"), "city"))).toEqual({});
  });

  it("names what is left, for all and for one object", () => {
    const choice = toggled(toggled(EVERYTHING, "city"), "manager", "a");
    expect(asked(plan, choice)).toEqual({ only: ["jobTitle", "manager"], only_of: { a: ["jobTitle"] } });
    expect(isTaken(choice, "manager")).toBe(true);
    expect(isTaken(choice, "manager", "a")).toBe(false);
    expect(isTaken(choice, "city", "b")).toBe(false);
  });

  it("is offered what a plan would change, and no more", () => {
    const offers = offersOf(plan, [
      step({ kind: "update", object_id: "a", body: { jobTitle: "Chief", state: "x" }, before: { jobTitle: "Thief" } }),
      step({ kind: "set_link", object_id: "a", body: {}, before: { manager: [] } }),
      step({ kind: "update", object_id: "b", path: "/users/@{b}", body: { city: "Bern" } }),
    ]);
    expect(offers).toEqual([
      {
        id: "a",
        label: "Ada",
        attributes: [{ name: "jobTitle", before: "Thief", after: "Chief" }],
        relationships: ["manager"],
      },
    ]);
  });
});
