import { expect, test } from "vitest";
import type { RemoteBackend } from "../../../bridge/backends/backend.ts";
import { initOf } from "../../conformance/suite/bed.ts";

/** @param open A backend whose tables nobody has made yet. */
export function beforeSetUp(open: () => RemoteBackend | Promise<RemoteBackend>): void {
  test("before the tables are there, there is no collection, and making one says what makes them", async () => {
    const backend = await open();
    try {
      expect(await backend.collections()).toEqual([]);
      const collection = backend.collection("todos");
      expect(await collection.meta()).toBeUndefined();
      await expect(collection.init(initOf("todos"))).rejects.toMatchObject({
        code: "not-set-up",
        message: expect.stringContaining("driftscope init"),
      });
    } finally {
      await backend.close();
    }
  });
}
