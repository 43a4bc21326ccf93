// Writes deploy/clickhouse/users.d/hotspan.xml: node --conditions=hotspan-source tools/write-users.ts
import { writeFileSync } from "node:fs";
import { deployedUsers } from "../src/embedded/deployed-users.ts";

writeFileSync(new URL("../../../deploy/clickhouse/users.d/hotspan.xml", import.meta.url), deployedUsers());
