import { expect, it } from "vitest";
import { permissionWords } from "./permissions";

it("says permissions in words", () => {
  expect(permissionWords("Group.Read.All")).toBe("Read all groups");
  expect(permissionWords("AdministrativeUnit.ReadWrite.All")).toBe("Read and write all administrative units");
  expect(permissionWords("User-Phone.ReadWrite.All")).toBe("Read and write phone numbers of users");
  expect(permissionWords("Something.New")).toBe("Something.New");
});
