/** SQL text whose values are all quoted: only this module makes it. */
export class Sql {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type SqlValue = string | number | bigint | Sql | readonly SqlValue[];

function literal(value: SqlValue): string {
  if (value instanceof Sql) return value.text;
  if (typeof value === "string") return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("Not a finite number");
    return String(value);
  }
  return `(${value.map(literal).join(",")})`;
}

/** Text is quoted, numbers stand as they are, arrays become (a,b,…), Sql is put in as it is. */
export function sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  return new Sql(String.raw({ raw: strings }, ...values.map(literal)));
}

export function and(conditions: readonly (Sql | undefined)[]): Sql {
  const given = conditions.filter((one) => one !== undefined);
  return given.length === 0 ? sql`1` : new Sql(given.map((one) => `(${one.text})`).join(" AND "));
}

export function or(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`0` : new Sql(conditions.map((one) => `(${one.text})`).join(" OR "));
}

/** `column IN (…)`, or nothing when no value is given. */
export function oneOf(column: Sql, values: readonly (string | number)[] | undefined): Sql | undefined {
  return values === undefined || values.length === 0 ? undefined : sql`${column} IN ${values}`;
}

/** A DateTime64(9) literal from Unix ns. */
export function nanoTime(nano: bigint): Sql {
  return sql`fromUnixTimestamp64Nano(${nano}, 'UTC')`;
}

/** A DateTime64(6) literal from Unix ns, rounded down. */
export function microTime(nano: bigint): Sql {
  return sql`fromUnixTimestamp64Micro(${nano / 1000n}, 'UTC')`;
}

/** A DateTime literal from Unix seconds. */
export function secondTime(seconds: bigint): Sql {
  return sql`toDateTime(${seconds < 0n ? 0n : seconds}, 'UTC')`;
}
