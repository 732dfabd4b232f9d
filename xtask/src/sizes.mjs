// Prints the sizes of files as a shopper's browser (brotli 11) and the platform (gzip 9) would count them.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const sizes = process.argv.slice(2).map((path) => {
  const bytes = readFileSync(path);
  return { raw: bytes.length, brotli: brotliCompressSync(bytes, quality).length, gzip: gzipSync(bytes, { level: 9 }).length };
});
console.log(JSON.stringify(sizes));
