// Derives the truths of recorded corpora anew from their logs, after a change of definition: node … e2e/truth/derive.ts [CORPUS…]
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readCorpus, writeCorpus } from "./corpus.ts";
import { truths } from "./truth.ts";

const corpora = new URL("../../packages/ledger/fixtures/corpus", import.meta.url).pathname;
const given = process.argv.slice(2);
const folders = given.length > 0 ? given : readdirSync(corpora).map((name) => join(corpora, name));
for (const folder of folders) {
  const corpus = readCorpus(folder);
  const derived = truths(corpus.log);
  writeCorpus(folder, {
    ...corpus,
    truths: derived.truths,
    meta: { ...corpus.meta, dropped: derived.dropped },
  });
  console.log(folder, derived.truths.length, derived.dropped);
}
