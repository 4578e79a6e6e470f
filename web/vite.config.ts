/** How the page is built: into `dist/web`, for the server of `src/http/page.ts`. */
import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'vite';

const PEER = { target: 'http://127.0.0.1:9091', changeOrigin: false };

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  // Wherever it is served.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    // The page may load what it is made of, and no `data:` scripts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Of what the page is made of: their authors ask for it.
    license: { fileName: 'licenses.md' },
    // React and the components, once; languages come when they are chosen.
    chunkSizeWarningLimit: 700,
  },
  // The peer answers its own page only: it has to see the host that the browser sees.
  server: { proxy: { '/api': PEER, '/files': PEER } },
});
export default config;
