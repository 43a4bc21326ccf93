import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkFolder, checkNode } from "./installation.ts";

test("Node is judged by what Hotspan needs", () => {
  expect(checkNode("20.19.0").state).toBe("fail");
  expect(checkNode("22.17.9").state).toBe("fail");
  expect(checkNode("22.18.0").state).toBe("warn");
  expect(checkNode("24.21.0")).toEqual({ state: "ok", what: "Node 24.21.0" });
});

test("a data folder need not exist, but must be one", () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-doctor-"));
  try {
    expect(checkFolder(join(folder, "not", "yet"))[0]?.state).not.toBe("fail");
    writeFileSync(join(folder, "file"), "");
    expect(checkFolder(join(folder, "file"))[0]).toMatchObject({ state: "fail" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
