// Prints the sizes of files: plain, in brotli 11 as browsers load them, in gzip 9 as the platform counts them.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const sizes = process.argv.slice(2).map((path) => {
  const bytes = readFileSync(path);
  return { raw: bytes.length, brotli: brotliCompressSync(bytes, quality).length, gzip: gzipSync(bytes, { level: 9 }).length };
});
console.log(JSON.stringify(sizes));
