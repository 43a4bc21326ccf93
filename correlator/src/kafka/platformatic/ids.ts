/** A topic's id as kafkajs's driver writes it, so that cuts are found again by either; undefined for a broker without ids. */
export function shortId(id: string): string | undefined {
  const hex = id.replaceAll("-", "");
  return /^0*$/.test(hex) ? undefined : hex;
}
