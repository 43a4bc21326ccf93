/** The database with the rows of one shard, beside `database`, whose tables stand for those of all shards. */
export function shardDatabase(database: string): string {
  return `${database}_local`;
}
