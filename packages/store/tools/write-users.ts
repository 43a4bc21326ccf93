// Writes the accounts in deploy/clickhouse: node --conditions=hotspan-source tools/write-users.ts
import { writeFileSync } from "node:fs";
import { deployedShardUser, deployedSqlUser, deployedUsers } from "../src/embedded/deployed-users.ts";

const deploy = new URL("../../../deploy/clickhouse/", import.meta.url);
writeFileSync(new URL("users.d/hotspan.xml", deploy), deployedUsers());
writeFileSync(new URL("redacted/users.d/hotspan-sql.xml", deploy), deployedSqlUser());
writeFileSync(new URL("cluster/users.d/hotspan-shard.xml", deploy), deployedShardUser());
