// Writes the accounts in deploy/clickhouse: node --conditions=hotspan-source tools/write-users.ts
import { writeFileSync } from "node:fs";
import { deployedShardUser, deployedUsers } from "../src/embedded/deployed-users.ts";

const deploy = new URL("../../../deploy/clickhouse/", import.meta.url);
writeFileSync(new URL("users.d/hotspan.xml", deploy), deployedUsers());
writeFileSync(new URL("cluster/users.d/hotspan-shard.xml", deploy), deployedShardUser());
