import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const web = fileURLToPath(new URL('web', import.meta.url));
const dist = join(web, 'dist');

/** Builds the page into `web/dist`. The set-up does this when its sources have changed. */
export default defineConfig({
  root: web,
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [precompress()],
});

/** Puts `x.gz` beside every `x` that is worth it: a board has better things to do than to compress the same file again. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    async closeBundle() {
      const files = await readdir(dist, { recursive: true });
      await Promise.all(files.filter((file) => /\.(js|css|html|svg|json)$/.test(file)).map((file) => compress(file)));
    },
  };
}

async function compress(file: string): Promise<void> {
  const path = join(dist, file);
  await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
}
