import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take the longest: one that begins last would be waited for by workers with nothing left to do. */
const longest: readonly string[] = [
  "agent/test/labelling.test.ts",
  "agent/test/safety.test.ts",
  "agent/test/https.test.ts",
  "correlator/test/deletion.test.ts",
  "e2e/soak/soak.test.ts",
  "agent/test/heap.test.ts",
  "agent/test/flush.test.ts",
  "query-api/test/profiles.test.ts",
  "correlator/test/kafka.test.ts",
  "correlator/test/stored-once-kafka.test.ts",
  "correlator/test/stored-once-http.test.ts",
  "agent/test/modes.test.ts",
  "agent/test/kafka.test.ts",
  "packages/cli/test/profile.test.ts",
  "packages/cli/test/up.test.ts",
  "packages/store/test/embedded.test.ts",
  "query-api/test/service.test.ts",
  "e2e/deploy.test.ts",
];

/**
 * Group by group; in each the longest files first, then the integration tests, then the others, larger files first. The default asks
 * how long they took the last time, which nobody knows in a fresh clone.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    for (const name of longest)
      if (!existsSync(join(root, name)))
        throw new Error(`tools/longest-first.ts names ${name}, which is not there`);
    const places = await Promise.all(files.map((file) => this.#placeOf(file)));
    return places.toSorted((a, b) => compare(a.place, b.place)).map(({ file }) => file);
  }

  async #placeOf(file: TestSpecification): Promise<{ file: TestSpecification; place: readonly number[] }> {
    const { name, config } = file.project;
    const known = longest.findIndex((name) => file.moduleId === join(this.ctx.config.root, name));
    const { size } = await stat(file.moduleId);
    return {
      file,
      place: [
        config.sequence.groupOrder,
        known < 0 ? longest.length : known,
        name === "integration" ? 0 : 1,
        -size,
      ],
    };
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, one] of a.entries()) {
    const difference = one - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
