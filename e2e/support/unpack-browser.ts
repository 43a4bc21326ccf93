import chromium from "@sparticuz/chromium";

/** Before the tests: of two that find no browser in the temporary folder one would start what the other is still writing. */
export default async function unpackBrowser(): Promise<void> {
  await chromium.executablePath();
}
