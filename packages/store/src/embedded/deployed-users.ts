import { accountsConfig, shardAccountConfig, sqlAccountConfig } from "./users.ts";

const GiB = 1024 ** 3;

/** For servers with at least 8 GiB: a statement of the reader takes 2 GiB at most. */
export const deployedUsers = (): string => indented(accountsConfig("hotspan", 8 * GiB));

/** For the servers of a cluster, which have both files. */
export const deployedShardUser = (): string => indented(shardAccountConfig("hotspan"));

/** For a server whose attributes are redacted, which has the first file as well. */
export const deployedSqlUser = (): string => indented(sqlAccountConfig("hotspan"));

/** An element that holds others begins and ends on lines of their own. */
function indented(xml: string): string {
  let depth = 0;
  const lines = xml.match(/<[^/>]+>[^<]*<\/[^>]+>|<[^>]+\/>|<[^>]+>/g) ?? [];
  return lines
    .map((line) => {
      const closes = line.startsWith("</");
      if (closes) depth--;
      const text = `${"  ".repeat(depth)}${line}\n`;
      if (!closes && !line.endsWith("/>") && !line.includes("</")) depth++;
      return text;
    })
    .join("");
}
