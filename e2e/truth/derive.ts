// Derives the truths of recorded corpora anew from their logs, after a change of definition: node … e2e/truth/derive.ts [CORPUS…]
import { allCorpora, readCorpus, writeCorpus } from "./corpus.ts";
import { truths } from "./truth.ts";

const given = process.argv.slice(2);
const folders = given.length > 0 ? given : allCorpora();
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
